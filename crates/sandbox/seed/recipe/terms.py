"""What the papers say."""

CONTRACT = [
    ("Subject of the contract", ["We install, operate and maintain a solar system on your roof and supply you with the electricity that it makes. The system stays our property; after the term it becomes yours without a further payment.",
     "The system consists of the modules, an inverter, a storage where it was ordered, the mounting, the cabling and a two-way meter. Drawing NE-4711-02 is part of this contract."]),
    ("Installation", ["We install the system within eight weeks from the approval by the grid operator. The work on the roof takes two days as a rule; we agree on the dates with you at least two weeks before.",
     "You give us access to the roof, to the meter and to the place of the inverter. The roof was surveyed; where it needs repair before the installation, we tell you beforehand and you decide."]),
    ("Price and payment", ["The monthly price covers the system, its operation, insurance and maintenance. It stays the same over the whole term. Electricity from the grid and the credit for electricity that you feed in are settled every month on the same invoice.",
     "Invoices are due on the fifteenth of a month and are collected from your account. You find every invoice in the customer portal."]),
    ("Your roof, our care", ["We watch the system day and night. Where it makes less than it should, we come without being called. A fault that stops the system is mended within two working days.",
     "We keep the roof tight: damage that our work has caused is repaired at our cost, however late it shows."]),
    ("Term and ending", ["The contract runs for twenty years from the first day of operation. You may end it at the end of every contract year with three months' notice, by buying the system at its value in the table of the annex or by having it removed.",
     "If you sell your house, the buyer may take the contract over; we do not refuse without a weighty reason."]),
    ("Insurance and liability", ["We insure the system against storm, hail, fire, theft and overvoltage. Our liability for damage to life, body and health is not limited; otherwise it is limited to ten million euros for each case.",
     "You tell us without delay when you notice damage, and you do not let others work on the system."]),
    ("Data protection", ["We process the data of your meter to settle the invoices and to watch the system. We give nothing to others except to the grid operator, as far as the law requires it.",
     "You see what we have stored in the customer portal and can ask for its deletion at any time, as far as no law obliges us to keep it."]),
    ("Final provisions", ["Changes to this contract need text form. If one provision is void, the others remain in force. German law applies; the court of jurisdiction is Potsdam as far as the law permits."]),
]

INCLUDED = [["Modules, inverter and mounting", "yes", "425 W each, 25 years of product warranty"], ["Monitoring", "yes", "day and night"], ["Yearly maintenance", "yes", "in autumn"], ["Insurance", "yes", "storm, hail, fire, theft"],
            ["Removal for roof works", "once", "within the term"], ["Electricity from the grid", "no", "0.289 € per kWh"]]

AMENDMENT = [("Storage", "We add a storage of 10.2 kWh to the system and connect it in the utility room. It stays our property under the terms of the contract and becomes yours together with the system."),
             ("Price", "The monthly price rises by 49.00 € from 1 May 2026. It stays the same until the end of the term."), ("Emergency power", "The storage supplies the circuits marked in drawing NE-4711-05 when the grid fails. A part of 15 % of its capacity is kept for this."),
             ("Everything else", "All other provisions of contract NE-4711 remain as they are.")]

WARTUNG = [("Gegenstand", "Wir warten die Photovoltaikanlage einschließlich Wechselrichter, Speicher und Zählerschrank. Grundlage ist der Abonnementvertrag NE-4711."),
           ("Leistungen", "Einmal im Jahr prüfen wir Befestigung, Verkabelung und Isolationswiderstand, messen die Kennlinien aller Stränge und reinigen die Lüftung des Wechselrichters. Das Prüfprotokoll finden Sie danach im Kundenportal."),
           ("Störungen", "Störungen erkennen wir über die Fernüberwachung. Wir melden uns innerhalb von 24 Stunden und beheben eine Störung, die die Anlage stillsetzt, innerhalb von zwei Werktagen."),
           ("Mitwirkung", "Sie gewähren uns nach Absprache Zugang zu Dach, Zählerschrank und Hausanschlussraum. Größere Verschattungen durch Bäume oder Neubauten teilen Sie uns bitte mit."),
           ("Laufzeit", "Der Vertrag läuft so lange wie der Abonnementvertrag und endet mit ihm.")]

SURVEY = ["The roof is suitable. Its south-east slope carries eighteen modules in three rows; the chimney shades the upper left corner for less than an hour a day in winter. The rafters carry the load without reinforcement.",
          "The meter cabinet of 2009 has room for the two-way meter and the overvoltage protection. The utility room is dry, has a concrete floor and stays between 8 and 24 °C: a good place for inverter and storage.",
          "The simulation uses the weather data of 2005 to 2024 at Potsdam-Telegrafenberg and the horizon that was measured on site. In nine of ten years the yield is above 6 700 kWh."]

FINDINGS = [["Roof covering", "good, clay tiles of 2004", "replace six tiles"], ["Rafters", "good, 8 × 16 cm, 74 cm apart", "none"], ["Gutter", "slightly sagging", "adjust"], ["Meter cabinet", "good", "add overvoltage protection"],
            ["Cable route", "chimney shaft, 14 m", "fire stop at both ends"], ["Utility room", "dry", "none"]]

STEPS = ["Install eighteen modules in three strings of six.", "Use an inverter of 8 kW with three trackers.", "Prepare the cabling for a storage and a wallbox.", "Have the gutter adjusted before the scaffold is removed."]
