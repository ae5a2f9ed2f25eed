"""Contracts, invoices and certificates as PDF, on one letterhead."""

from datetime import date
from pathlib import Path

import pikepdf

from . import terms
from .chromium import print_pdf
from .pictures import LOGO, house

ANNA = ("Anna Lindqvist", "Lindenweg 12", "14482 Potsdam", "NE-4711")
BEN = ("Ben Okafor", "Hafenallee 40", "10245 Berlin", "NE-5230")

STYLE = """@page{size:A4;margin:20mm 20mm 24mm;@bottom-left{content:'Nordlicht Energie GmbH · Hafenstraße 8 · 14467 Potsdam';font:7.5pt 'Noto Sans';color:#7a8a8c}
@bottom-right{content:counter(page) ' / ' counter(pages);font:7.5pt 'Noto Sans';color:#7a8a8c}}
*{box-sizing:border-box}body{margin:0;font:9.6pt/1.55 'Noto Sans','Noto Sans CJK JP','Noto Sans Arabic',sans-serif;color:#1c2b2e}
header{display:flex;align-items:center;gap:3.5mm;border-bottom:.6mm solid #0e7c66;padding-bottom:5mm;margin-bottom:9mm}
header svg{width:13mm;height:13mm}header b{font-size:15pt;color:#0b2e33;letter-spacing:-.2pt;line-height:1.1}header small{display:block;font:8pt 'Noto Sans';color:#5e7376;letter-spacing:.3pt}
header address{margin-left:auto;text-align:right;font:7.8pt/1.5 'Noto Sans';color:#5e7376}
h1{font-size:21pt;line-height:1.2;margin:0 0 2mm;color:#0b2e33;letter-spacing:-.3pt}h2{font-size:12pt;margin:7mm 0 1.5mm;color:#0e7c66;break-after:avoid}p{margin:0 0 2.4mm}.lead{font-size:11pt;color:#43585b;margin-bottom:7mm}
.to{margin:0 0 10mm;line-height:1.5}.facts{display:grid;grid-template-columns:repeat(4,1fr);gap:3mm;margin:0 0 8mm}.facts div{background:#eef5f3;border-radius:2mm;padding:2.6mm 3.2mm}.facts small{display:block;font-size:7.4pt;color:#5e7376}.facts b{font-size:11pt;color:#0b2e33}
table{width:100%;border-collapse:collapse;margin:2mm 0 5mm;break-inside:avoid}th{font-size:8pt;text-align:left;font-weight:400;color:#5e7376;border-bottom:.4mm solid #0e7c66;padding:1.6mm 1.5mm}td{padding:1.9mm 1.5mm;border-bottom:.2mm solid #d5e0de;vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}tr.sum td{border:0;padding-top:1.2mm;padding-bottom:.6mm}tr.total td{font-weight:700;font-size:12pt;border-top:.4mm solid #0e7c66;border-bottom:0;color:#0b2e33}
.note{background:#fdf6e6;border-left:1mm solid #f7b733;padding:3mm 4mm;margin:5mm 0;break-inside:avoid}.sign{display:grid;grid-template-columns:1fr 1fr;gap:14mm;margin-top:24mm;break-inside:avoid}.sign div{border-top:.3mm solid #1c2b2e;padding-top:1.5mm;font-size:8pt;color:#5e7376;position:relative}
.sign svg{position:absolute;bottom:calc(100% + .5mm);left:4mm;width:46mm;height:16mm}.hero{border-radius:3mm;overflow:hidden;margin:0 0 7mm;height:62mm}.hero svg{width:100%;height:100%}ol{margin:0;padding-left:5.5mm}li{margin-bottom:1.4mm}
.bars{display:flex;align-items:flex-end;gap:2.4mm;height:48mm;border-bottom:.3mm solid #9fb3b1;margin:3mm 0 0}.bars i{flex:1;background:linear-gradient(#19a487,#0e7c66);border-radius:1mm 1mm 0 0}.axis{display:flex;gap:2.4mm;font-size:7pt;color:#5e7376;margin-bottom:6mm}.axis span{flex:1;text-align:center}"""

SIGNATURE = '<svg viewBox="0 0 230 80" fill="none" stroke="#1d3f8f" stroke-width="2.4" stroke-linecap="round"><path d="{}"/></svg>'
HANDS = ["M8 58C26 8 40 6 40 34S22 70 34 58 58 30 64 44 58 62 72 50 84 36 90 48 96 58 108 44 122 34 128 48 140 56 152 42 176 36 222 30",
         "M10 30C40 2 58 10 40 34S8 66 26 64 62 36 74 40 72 62 90 50 98 18 106 12 104 60 116 52 134 34 142 46 160 54 214 40"]


def letter(title: str, body: str, language: str = "en", direction: str = "ltr") -> str:
    return f"""<!doctype html><html lang="{language}" dir="{direction}"><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>
<header>{LOGO}<div><b>Nordlicht Energie</b><small>Sun, storage and service by subscription</small></div>
<address>Hafenstraße 8, 14467 Potsdam<br>+49 331 555 0172 · service@nordlicht.example</address></header>{body}</html>"""


def to(customer: tuple) -> str:
    name, street, city, _ = customer
    return f'<p class="to">{name}<br>{street}<br>{city}</p>'


def facts(*pairs: tuple) -> str:
    return '<div class="facts">' + "".join(f"<div><small>{a}</small><b>{b}</b></div>" for a, b in pairs) + "</div>"


def rows(head: list, lines: list, numeric: set = frozenset()) -> str:
    def cell(tag: str, index: int, text: object) -> str:
        return f'<{tag}{" class=n" if index in numeric else ""}>{text}</{tag}>'

    return ("<table><thead><tr>" + "".join(cell("th", i, t) for i, t in enumerate(head)) + "</tr></thead><tbody>"
            + "".join("<tr>" + "".join(cell("td", i, t) for i, t in enumerate(line)) + "</tr>" for line in lines) + "</tbody></table>")


def signed(left: str, right: str) -> str:
    return '<div class="sign">' + "".join(f"<div>{SIGNATURE.format(hand)}{who}</div>" for hand, who in zip(HANDS, [left, right])) + "</div>"


def contract(customer: tuple, signed_on: str, price: str, modules: int, storage: str) -> str:
    clauses = "".join(f"<h2>{index}. {title}</h2>" + "".join(f"<p>{text}</p>" for text in paragraphs)
                      for index, (title, paragraphs) in enumerate(terms.CONTRACT, start=1))
    return letter(f"Solar subscription contract {customer[3]}", f"""<h1>Solar subscription contract</h1><p class="lead">Contract {customer[3]}, between Nordlicht Energie GmbH and {customer[0]}</p>
<div class="hero">{house(panels=modules)}</div>{facts(("Monthly price", price), ("Modules", f"{modules} × 425 W"), ("Storage", storage), ("Term", "20 years"))}
<h2>The parties</h2>{rows(["", "Provider", "Customer"], [["Name", "Nordlicht Energie GmbH", customer[0]], ["Address", "Hafenstraße 8, 14467 Potsdam", f"{customer[1]}, {customer[2]}"], ["Represented by", "Jonna Petersen", "—"]])}
{clauses}<h2>What the price includes</h2>{rows(["Service", "Included", "Remark"], terms.INCLUDED)}
<div class="note"><b>Right of withdrawal.</b> You may withdraw from this contract within fourteen days without giving a reason. A message to service@nordlicht.example is enough.</div>
{signed(f"Potsdam, {signed_on}<br>Jonna Petersen, Nordlicht Energie", f"Potsdam, {signed_on}<br>{customer[0]}")}""")


def euro(cents: int) -> str:
    return f"{'−' if cents < 0 else ''}{abs(cents) // 100:,}.{abs(cents) % 100:02} €"


def invoice(customer: tuple, number: str, day: date, fee: int, storage: int, grid_kwh: int, fed_kwh: int) -> str:
    lines = [["Solar subscription", "1 month", euro(fee), euro(fee)]]
    if storage:
        lines.append(["Storage 10.2 kWh", "1 month", euro(storage), euro(storage)])
    lines += [["Electricity from the grid", f"{grid_kwh} kWh", "0.289 €", euro(round(grid_kwh * 28.9))],
              ["Feed-in credit", f"{fed_kwh} kWh", "−0.081 €", euro(-round(fed_kwh * 8.1))]]
    net = fee + storage + round(grid_kwh * 28.9) - round(fed_kwh * 8.1)
    tax = round(net * 0.19)
    sums = "".join(f'<tr class="{c}"><td colspan=3 class=n>{a}</td><td class=n>{b}</td></tr>'
                   for c, a, b in [("sum", "Net", euro(net)), ("sum", "VAT 19 %", euro(tax)), ("total", "Total", euro(net + tax))])
    table = rows(["Position", "Quantity", "Price", "Amount"], lines, {1, 2, 3}).replace("</tbody>", sums + "</tbody>")
    month = day.replace(day=1)
    previous = date(month.year - (month.month == 1), 12 if month.month == 1 else month.month - 1, 1)
    return letter(f"Invoice {number}", f"""{to(customer)}<h1>Invoice {number}</h1><p class="lead">Your solar system in {previous:%B %Y}</p>
{facts(("Date", f"{day:%d %b %Y}"), ("Contract", customer[3]), ("Due", f"{day.replace(day=15):%d %b %Y}"), ("Amount", euro(net + tax)))}{table}
<p>We collect the amount on the due date from your account ending in 4071. There is nothing for you to do.</p>
<div class="note">Your roof made <b>{fed_kwh + 210 + grid_kwh // 3} kWh</b> in {previous:%B}; you used <b>{210 + grid_kwh // 3} kWh</b> of it yourself. Questions? Reply to this mail or call us, day and night.</div>
<p style="margin-top:14mm;font-size:8pt;color:#5e7376">Nordlicht Energie GmbH · register court Potsdam, HRB 00000 · VAT ID DE000000000 · Managing director: Jonna Petersen</p>""")


def amendment() -> str:
    return letter("Contract amendment: storage", f"""{to(ANNA)}<h1>Contract amendment: storage</h1><p class="lead">Amendment 1 to contract NE-4711, 14 April 2026</p>
{facts(("New monthly price", "198.00 €"), ("Storage", "10.2 kWh"), ("From", "1 May 2026"), ("Term", "unchanged"))}
{"".join(f"<h2>{index}. {title}</h2><p>{text}</p>" for index, (title, text) in enumerate(terms.AMENDMENT, start=1))}
{rows(["Part of the price", "until April 2026", "from May 2026"], [["Solar subscription", "149.00 €", "149.00 €"], ["Storage", "—", "49.00 €"], ["<b>Together, monthly</b>", "<b>149.00 €</b>", "<b>198.00 €</b>"]], {1, 2})}
{signed("Potsdam, 14 April 2026<br>Jonna Petersen, Nordlicht Energie", "Potsdam, 14 April 2026<br>Anna Lindqvist")}""")


def maintenance() -> str:
    return letter("Wartungsvertrag", f"""{to(ANNA)}<h1>Wartungsvertrag</h1><p class="lead">Photovoltaikanlage Lindenweg 12, Vertrag NE-4711-W</p>
{facts(("Turnus", "jährlich"), ("Beginn", "1. Dez. 2025"), ("Preis", "inbegriffen"), ("Reaktionszeit", "24 Stunden"))}
{"".join(f"<h2>§ {index} {title}</h2><p>{text}</p>" for index, (title, text) in enumerate(terms.WARTUNG, start=1))}
{signed("Potsdam, 18. November 2025<br>Jonna Petersen, Nordlicht Energie", "Potsdam, 18. November 2025<br>Anna Lindqvist")}""", "de")


def survey() -> str:
    heights = [15, 28, 58, 82, 96, 100, 99, 87, 62, 35, 17, 11]
    bars = "".join(f'<i style="height:{h}%"></i>' for h in heights)
    axis = "".join(f"<span>{m}</span>" for m in "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split())
    return letter("Site survey report", f"""<h1>Site survey report</h1><p class="lead">Lindenweg 12, 14482 Potsdam · surveyed on 12 November 2025 by Mats Brandt</p>
<div class="hero">{house(panels=0, noon=.9)}</div>{facts(("Roof area", "104.9 m²"), ("Pitch", "38°"), ("Orientation", "south-east"), ("Expected yield", "7 180 kWh"))}
<h2>Summary</h2><p>{terms.SURVEY[0]}</p><p>{terms.SURVEY[1]}</p>
<h2>Findings</h2>{rows(["Part", "Condition", "Measure"], terms.FINDINGS)}
<h2>Expected yield over the year</h2><div class="bars">{bars}</div><div class="axis">{axis}</div><p>{terms.SURVEY[2]}</p>
<h2>Recommendation</h2><ol>{"".join(f"<li>{text}</li>" for text in terms.STEPS)}</ol>""")


def approval() -> str:
    return letter("Grid connection approval", f"""{to(ANNA)}<h1>Grid connection approval</h1><p class="lead">Your application of 5 November 2025, metering point DE 00047 11082 14482 0000000000471102</p>
{facts(("Approved power", "8.0 kW"), ("Phases", "3"), ("Feed-in limit", "70 %"), ("Valid until", "30 Jun 2026"))}
<p>The grid operator has approved the connection of your system. The meter is replaced by a two-way meter free of charge; the fitter arranges a date with you.</p>
<h2>Conditions</h2><ol><li>The system is put into operation by a registered electrician.</li><li>The protocol VDE-AR-N 4105 E.8 is handed in within four weeks.</li><li>The emergency switch is marked and can be reached at any time.</li></ol>
<div class="note">Keep this letter: your insurer may ask for it.</div>""")


def warranty() -> str:
    return letter("Storage warranty certificate", f"""<h1>Warranty certificate</h1><p class="lead">Nordlicht Speicher M, 10.2 kWh · serial number NSM-2604-00931</p>
{facts(("Warranty", "10 years"), ("From", "30 Apr 2026"), ("Until", "29 Apr 2036"), ("Capacity kept", "≥ 80 %"))}
<p>We warrant to <b>Anna Lindqvist</b> that the storage at Lindenweg 12 keeps at least 80 % of its capacity for ten years or 6 000 full cycles, whichever comes first. Within this time we repair or replace it, on site and free of charge.</p>
<h2>Not covered</h2><ol><li>Damage by flood, or by work of others on the storage.</li><li>Operation outside of −10 to 45 °C.</li></ol>{signed("Potsdam, 30 April 2026<br>Jonna Petersen", "Quality assurance<br>Mats Brandt")}""")


def warranty_ja() -> str:
    return letter("保証書", f"""<h1>太陽光モジュール保証書</h1><p class="lead">北光エネルギー NL-425 · 18 枚 · リンデン通り 12</p>{facts(("製品保証", "25 年"), ("出力保証", "30 年"), ("開始日", "2025年11月18日"), ("初期出力", "425 W"))}
<p>本書は、下記の太陽光モジュールについて、通常の使用条件のもとで材料および製造上の欠陥がないことを保証するものです。</p><h2>保証内容</h2>
{rows(["項目", "期間", "保証値"], [["製品保証", "25 年", "無償交換または修理"], ["出力保証（初年度）", "1 年", "98 % 以上"], ["出力保証（最終年）", "30 年", "87.4 % 以上"]])}
<div class="note">保証を受ける際は、本書と製造番号をご用意ください。</div>""", "ja")


def guide_ar() -> str:
    return letter("دليل المستخدم", f"""<h1>دليل المستخدم للعاكس</h1><p class="lead">نظام الطاقة الشمسية في المنزل، لندنفيغ ١٢</p>{facts(("القدرة", "٨ كيلوواط"), ("الأطوار", "٣"), ("التخزين", "١٠٫٢ ك.و.س"), ("الضمان", "١٠ سنوات"))}
<h2>التشغيل اليومي</h2><ol><li>يعمل العاكس تلقائيًا عند شروق الشمس ويتوقف عند غروبها.</li><li>الضوء الأخضر يعني أن النظام يعمل بشكل سليم.</li><li>يعرض التطبيق الطاقة المنتجة والطاقة المستهلكة.</li></ol>
<h2>السلامة</h2><p>لا تلمس الألواح أبدًا أثناء النهار، فهي تولد جهدًا كهربائيًا ما دام هناك ضوء. عند حدوث أي عطل اضغط المفتاح الأحمر ثم اتصل بنا.</p><div class="note">خدمة العملاء متاحة ليلًا ونهارًا: 0172 555 331 49+</div>""", "ar", "rtl")


def invoices(customer: tuple, first: tuple, count: int, fee: int, storage_from: tuple, prefix: str, files: Path) -> None:
    year, month = first
    for index in range(count):
        day = date(year, month, 1)
        season = [12, 20, 48, 70, 84, 88, 86, 76, 54, 30, 14, 9][month - 2]
        number = f"NE-{year}-{month:02}-{int(customer[3][3:]) + 13 * index}"
        storage = 4900 if (year, month) > storage_from else 0
        grid = round((330 - season * 2.4) * (0.55 if storage else 1))
        pdf = invoice(customer, number, day, fee, storage, grid, round(season * 5.7))
        print_pdf(pdf, files / f"{prefix}-{year}-{month:02}.pdf")
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def compact(path: Path) -> None:
    """A third smaller, still tagged for screen readers; the same input gives the same bytes."""
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.docinfo["/CreationDate"] = pdf.docinfo["/ModDate"] = "D:20251101080000Z"
        pdf.docinfo["/Creator"] = pdf.docinfo["/Producer"] = "Nordlicht Energie GmbH"
        pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate, recompress_flate=True, deterministic_id=True)


def make(files: Path) -> None:
    papers = {"contract-anna": contract(ANNA, "4 November 2025", "149.00 €", 18, "prepared"), "contract-ben": contract(BEN, "9 February 2026", "129.00 €", 12, "10.2 kWh"), "amendment": amendment(),
              "maintenance-contract": maintenance(), "survey": survey(), "grid-approval": approval(), "warranty-storage": warranty(), "warranty-ja": warranty_ja(),
              "guide-ar": guide_ar()}
    for name, html in papers.items():
        print_pdf(html, files / f"{name}.pdf")
    invoices(ANNA, (2025, 12), 12, 14900, (2026, 5), "invoice-anna", files)
    invoices(BEN, (2026, 3), 3, 12900, (2026, 3), "invoice-ben", files)
    for path in files.glob("*.pdf"):
        compact(path)
