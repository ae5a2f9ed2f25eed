"""DOCX, XLSX and ZIP."""

import zipfile
from datetime import datetime
from pathlib import Path

from docx import Document
from docx.shared import Pt, RGBColor
from openpyxl import Workbook
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Font, PatternFill

from .texts import MONTHS, YIELD

WHEN = datetime(2025, 11, 20, 9, 0)


def protocol(target: Path) -> None:
    document = Document()
    document.styles["Normal"].font.name = "Arial"
    document.styles["Normal"].font.size = Pt(11)
    document.core_properties.author, document.core_properties.created = "Nordlicht Energie GmbH", WHEN
    title = document.add_heading("Übergabeprotokoll", 0)
    title.runs[0].font.color.rgb = RGBColor(0x0E, 0x7C, 0x66)
    document.add_paragraph("Photovoltaikanlage Lindenweg 12, 14482 Potsdam · Auftrag NE-4711")
    document.add_heading("Geprüfte Punkte", 1)
    table = document.add_table(rows=1, cols=3, style="Light Grid Accent 1")
    for cell, text in zip(table.rows[0].cells, ["Punkt", "Ergebnis", "Bemerkung"]):
        cell.text = text
    for row in [("Befestigung der Module", "in Ordnung", "16 Nm"), ("Isolationswiderstand", "2,4 MΩ", ""), ("Schutzleiter", "in Ordnung", ""),
                ("Not-Aus-Schalter", "in Ordnung", "am Zählerschrank"), ("Einweisung", "erfolgt", "Frau Lindqvist")]:
        for cell, text in zip(table.add_row().cells, row):
            cell.text = text
    document.add_heading("Unterschriften", 1)
    document.add_paragraph("Potsdam, den 20. November 2025\n\n\n____________________          ____________________\nA. Lindqvist                                 J. Petersen, Nordlicht Energie")
    document.save(target)


def forecast(target: Path) -> None:
    book = Workbook()
    book.properties.creator, book.properties.created = "Nordlicht Energie GmbH", WHEN
    sheet = book.active
    sheet.title = "Forecast"
    sheet.append(["Month", "Forecast (kWh)", "Measured (kWh)", "Difference"])
    for index, (month, made) in enumerate(zip(MONTHS, YIELD), start=2):
        sheet.append([month, round(made * (0.94 + index % 4 * 0.03)), made, f"=C{index}-B{index}"])
    for cell in sheet[1]:
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="0E7C66")
    for column in "ABCD":
        sheet.column_dimensions[column].width = 18
    chart = BarChart()
    chart.title = "Yield 2026"
    chart.add_data(Reference(sheet, min_col=2, max_col=3, min_row=1, max_row=11), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=11))
    sheet.add_chart(chart, "F2")
    book.save(target)


def bundle(files: Path, target: Path) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ["system-diagram.svg", "system-guide.md", "inverter.json", "roof-plan.png", "readings.csv"]:
            archive.writestr(zipfile.ZipInfo(name, (2025, 11, 20, 9, 0, 0)), (files / name).read_bytes(), zipfile.ZIP_DEFLATED)


def make(files: Path) -> None:
    protocol(files / "handover.docx")
    forecast(files / "forecast.xlsx")
    bundle(files, files / "data-sheets.zip")
