"""Plain files: CSV, text, Markdown, JSON, HTML."""

import json
from pathlib import Path

MONTHS = ["Jan", "Feb", "März", "Apr", "Mai", "Juni", "Juli", "Aug", "Sep", "Okt"]
YIELD = [142.5, 268.1, 561.9, 794.3, 931.0, 968.4, 955.7, 843.2, 602.6, 341.8]


def readings() -> str:
    """German spreadsheets' CSV: semicolons, decimal commas, quotes in quotes, a line break in a cell, a byte order mark."""
    rows = ["Zählernummer;Monat;Erzeugung (kWh);Einspeisung (kWh);Bemerkung"]
    remarks = {0: 'Schnee; Module "A1" und "A2" bedeckt', 2: "Zähler getauscht\nneuer Stand: 0", 5: "Höchster Wert, größer als 2025", 8: "=SUMME(C2:C9)"}
    for index, (month, made) in enumerate(zip(MONTHS, YIELD)):
        remark = remarks.get(index, "").replace('"', '""')
        cells = ["1EMH00-4711", f"{month} 2026", f"{made:.1f}", f"{made * 0.41:.1f}"]
        rows.append(";".join(cell.replace(".", ",") for cell in cells) + (f';"{remark}"' if remark else ";"))
    return "\ufeff" + "\r\n".join(rows) + "\r\n"


def inverter_log() -> str:
    """A day in five-minute steps: a CSV of some length, with commas."""
    rows = ["time,dc_voltage_v,dc_power_w,ac_power_w,temperature_c,state"]
    for step in range(6 * 12, 21 * 12):
        hour = step / 12
        power = max(0.0, 1 - ((hour - 13.2) / 6.6) ** 2) * 6900 * (0.92 + 0.08 * ((step * 37) % 11) / 10)
        state = "standby" if power < 40 else "feeding"
        rows.append(f"2026-06-21T{int(hour):02}:{step % 12 * 5:02}:00+02:00,{420 + power / 60:.1f},{power:.0f},{power * 0.973:.0f},{21 + power / 260:.1f},{state}")
    return "\n".join(rows) + "\n"


GUIDE = """# Your solar system in short

Lindenweg 12 · installed on **18 November 2025** by Nordlicht Energie

## Every day

1. Look at the light on the storage: *green* is good, *amber* means that it is charging from the grid.
2. The app shows what the roof makes and what the house uses.
3. Nothing has to be switched on or off.

## Once a year

| What | When | Who |
| --- | --- | --- |
| Look at the modules from the ground | spring | you |
| Clean the inverter's air inlet | spring | you |
| Measure the strings | autumn | we |

## If something is wrong

> Keep away from the modules. They make voltage whenever there is light.

- Press the red switch beside the meter.
- Call **+49 331 555 0172**, day and night.

```text
E-014  grid voltage too high   wait, it returns by itself
E-031  insulation              call us
```
"""

RUSSIAN = """Инструкция по монтажу настенной зарядной станции

1. Отключите питание на главном щитке и проверьте отсутствие напряжения.
2. Закрепите станцию на высоте от 90 до 120 см.
3. Подключите кабель 5 × 6 мм² согласно схеме NE-4711-05.
4. Включите питание. Зелёный индикатор означает готовность к работе.

Монтаж выполняет только квалифицированный электрик.
"""

HINDI = """सुरक्षा निर्देश

• दिन के समय सौर मॉड्यूल में हमेशा वोल्टेज रहता है।
• छत पर जाने से पहले लाल स्विच बंद करें।
• बैटरी के पास आग या गर्म वस्तु न रखें।
• किसी भी समस्या में कॉल करें: +49 331 555 0172

नॉर्डलिष्ट एनर्जी, पॉट्सडैम
"""

NOTES = """Shift notes, solar park Havelland

06:10  Gate opened, 3 °C, clear.
07:45  Array 12: connector of string 4 replaced.
09:30  Inverter 7 restarted after a grid event (49.81 Hz for 4 s).
13:05  Peak of the day, 8.42 MW.
17:50  Gate closed. No open points.
"""

REPORT = """# Maintenance report

- Thermography: no hot spots
- Torque of the clamps: **16 Nm**, all within ± 1 Nm
- Next visit: spring

| Array | Modules | Faults |
| ---: | ---: | ---: |
| 11 | 480 | 0 |
| 12 | 480 | 1 |
| 13 | 476 | 0 |
"""

TARIFF = """<!doctype html>
<html lang="de"><meta charset="utf-8"><title>Tarifübersicht 2026</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem;color:#12292d}
h1{color:#0e7c66}table{border-collapse:collapse;width:100%}th,td{padding:.5rem .75rem;border-bottom:1px solid #cfdcda;text-align:left}td+td{text-align:right}</style>
<h1>Tarifübersicht 2026</h1><p>Gültig ab dem 1. Januar 2026 für Haushalte mit eigener Anlage.</p>
<table><tr><th>Leistung<th>Preis<tr><td>Sonnenpaket M, monatlich<td>149,00 €<tr><td>Speicher 10,2 kWh, monatlich<td>49,00 €
<tr><td>Reststrom, je kWh<td>0,289 €<tr><td>Einspeisung, je kWh<td>−0,081 €</table>
<script>document.title = "A script of this file ran";</script></html>
"""


def configuration() -> str:
    strings = [{"id": name, "modules": 6, "voltage": 246.6 + index / 10, "shaded": index == 2} for index, name in enumerate("ABC")]
    system = {"serial": "NL8-0047-1102", "firmware": "4.12.1", "grid": {"country": "DE", "phases": 3, "limitWatts": 8000, "code": "VDE-AR-N 4105"},
              "strings": strings, "storage": {"capacityKwh": 10.2, "reservePercent": 15, "chargeFromGrid": False}, "remote": None,
              "location": {"street": "Lindenweg 12", "city": "Potsdam", "note": "Zugang über den Hof"}}
    return json.dumps(system, ensure_ascii=False, indent=2) + "\n"


def make(files: Path) -> None:
    texts = {"readings.csv": readings(), "inverter-day.csv": inverter_log(), "system-guide.md": GUIDE, "mounting-ru.txt": RUSSIAN, "safety-hi.txt": HINDI,
             "shift-notes.txt": NOTES, "maintenance.md": REPORT, "tariff.html": TARIFF, "inverter.json": configuration()}
    for name, text in texts.items():
        (files / name).write_bytes(text.encode())
