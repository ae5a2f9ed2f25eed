"""Pictures, sound and film: the house at Lindenweg 12, drawn by code."""

import math
import random
import subprocess
import tempfile
from pathlib import Path

from .chromium import photograph

LOGO = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><defs><linearGradient id="a" x1="0" y1="1" x2="1" y2="0">
<stop offset="0" stop-color="#0e7c66"/><stop offset="1" stop-color="#4fd1a5"/></linearGradient></defs>
<rect width="48" height="48" rx="12" fill="#0b2e33"/><path d="M6 33c7-14 12-3 18-12s8-12 18-9v8c-8-2-11 3-16 10S14 31 6 39z" fill="url(#a)"/>
<circle cx="15" cy="14" r="5" fill="#f7b733"/></svg>"""


def ffmpeg(*arguments: object) -> None:
    subprocess.run(["ffmpeg", "-hide_banner", "-loglevel", "error", "-y", *map(str, arguments)], check=True)


def mix(a: str, b: str, t: float) -> str:
    channels = [(int(a[i : i + 2], 16), int(b[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(x + (y - x) * t):02x}" for x, y in channels)


def house(panels: int = 18, noon: float = 0.7, width: int = 1280, height: int = 800, ident: str = "h") -> str:
    """The house with so many of its 18 panels; `noon` is 0 at dawn and 1 at midday."""
    r = random.Random(12)
    sky, horizon = mix("#27406b", "#6db7ea", noon), mix("#f2a65e", "#e6f4fb", noon)
    sun_x, sun_y = 160 + 760 * noon, 420 - 290 * math.sin(noon * math.pi / 2)
    grass = mix("#47683f", "#7fb069", noon)
    clouds = "".join(
        f'<g transform="translate({x} {y}) scale({s})" fill="#fff" opacity="{0.35 + 0.5 * noon:.2f}"><ellipse rx="70" ry="22"/>'
        '<ellipse cx="-38" cy="6" rx="44" ry="16"/><ellipse cx="32" cy="-16" rx="40" ry="24"/></g>'
        for x, y, s in [(300, 120, 1), (760, 90, 0.8), (1090, 170, 1.15)]
    )
    trees = "".join(
        f'<g transform="translate({x} {y}) scale({s})"><rect x="-7" y="0" width="14" height="56" rx="4" fill="#6b4a34"/>'
        f'<circle cy="-22" r="46" fill="{mix("#2f5d3a", "#4b8b4f", noon)}"/><circle cx="-24" cy="0" r="30" fill="{mix("#2a5434", "#438047", noon)}"/>'
        f'<circle cx="26" cy="-4" r="32" fill="{mix("#346640", "#57995a", noon)}"/></g>'
        for x, y, s in [(150, 590, 1.5), (240, 640, 1.05), (1160, 600, 1.6), (1060, 655, 0.9)]
    )
    cells = []
    for index in range(panels):
        row, column = divmod(index, 6)
        # The roof leans to the right as it rises: each row of panels is shifted.
        x, y = 452 + column * 72 + (2 - row) * 27, 285 + row * 58
        cells.append(
            f'<g transform="translate({x} {y}) skewX(-25)"><rect width="66" height="52" fill="url(#{ident}p)" stroke="#c9d6df" stroke-width="2.5"/>'
            '<path d="M22 0v52M44 0v52M0 17.3h66M0 34.7h66" stroke="#5b7fae" stroke-width="1" opacity=".8"/>'
            '<path d="M6 6l22 0-14 40-8 0z" fill="#fff" opacity=".12"/></g>'
        )
    flowers = "".join(
        f'<circle cx="{r.randint(20, 1260)}" cy="{r.randint(715, 790)}" r="{r.choice([2, 3, 4])}" fill="{r.choice(["#fff", "#f7d154", "#e88fb4", "#cfe8ff"])}" opacity=".9"/>'
        for _ in range(90)
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 1280 800" preserveAspectRatio="xMidYMid slice"><defs>
<linearGradient id="{ident}s" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{sky}"/><stop offset=".8" stop-color="{horizon}"/></linearGradient>
<linearGradient id="{ident}p" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#27477a"/><stop offset="1" stop-color="#0f2140"/></linearGradient>
<linearGradient id="{ident}w" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#fdf6ea"/><stop offset="1" stop-color="#eadfcb"/></linearGradient>
<radialGradient id="{ident}g"><stop offset="0" stop-color="#fff3c4"/><stop offset=".25" stop-color="#ffd766"/><stop offset="1" stop-color="#ffd766" stop-opacity="0"/></radialGradient>
</defs><rect width="1280" height="800" fill="url(#{ident}s)"/><circle cx="{sun_x:.0f}" cy="{sun_y:.0f}" r="150" fill="url(#{ident}g)"/>{clouds}
<path d="M0 560q200-110 420-50t420-30 440 40v280H0z" fill="{mix("#3d5c4f", "#9cc5a1", noon)}"/>
<path d="M0 620q320-70 660-20t620-20v220H0z" fill="{grass}"/><path d="M0 700q400-40 1280-10v110H0z" fill="{mix(grass, "#3f7d3a", 0.45)}"/>{trees}
<rect x="440" y="450" width="430" height="230" fill="url(#{ident}w)"/><path d="M870 450l110-40v250l-110 20z" fill="#d8c9ae"/>
<path d="M870 452L960 268 1008 414z" fill="#e4d7bf"/>
<path d="M405 462L498 268H962L878 462z" fill="#8a4b3c"/><path d="M405 462L498 268H962L878 462z" fill="#000" opacity=".12"/>
<path d="M396 458h488v16H396z" fill="#6d3a2e"/><path d="M880 462l86-190 54 142-10 6-46-122-78 172z" fill="#6d3a2e"/>
<rect x="570" y="240" width="40" height="62" fill="#a35b49"/><rect x="564" y="234" width="52" height="12" fill="#6d3a2e"/>
{"".join(cells)}
<g fill="#9ec9dd" stroke="#fff" stroke-width="7"><rect x="480" y="510" width="92" height="84"/><rect x="746" y="510" width="92" height="84"/></g>
<path d="M526 510v84M480 552h92M792 510v84M746 552h92" stroke="#fff" stroke-width="5"/>
<rect x="622" y="520" width="76" height="160" rx="4" fill="#0e7c66"/><circle cx="684" cy="606" r="5" fill="#f7d154"/><rect x="634" y="534" width="52" height="44" fill="#bfe3ea"/>
<path d="M612 680h96l26 120H586z" fill="#d9cdb8"/><g transform="translate(906 548)"><rect width="50" height="84" rx="6" fill="#f5f7f8" stroke="#b8c3c9" stroke-width="2"/>
<rect x="10" y="12" width="30" height="7" rx="3" fill="#12a37f"/><path d="M24 30l-9 20h9l-5 18 18-25h-10l7-13z" fill="#f7b733"/></g>{flowers}</svg>"""


def page(body: str, background: str = "#fff") -> str:
    return f'<!doctype html><meta charset="utf-8"><style>*{{margin:0;padding:0}}body{{background:{background};font-family:Noto Sans}}svg{{display:block}}</style>{body}'


def roof_plan() -> str:
    panels = "".join(
        f'<g><rect x="{250 + c * 104}" y="{236 + r * 168}" width="96" height="158" fill="#15315c" stroke="#9fd3ff" stroke-width="2"/>'
        f'<text x="{298 + c * 104}" y="{322 + r * 168}" fill="#cfe8ff" font-size="19" text-anchor="middle">{chr(65 + r)}{c + 1}</text></g>'
        for r in range(3)
        for c in range(6)
    )
    grid = "".join(f'<path d="M{x} 0V900" />' for x in range(0, 1200, 40)) + "".join(f'<path d="M0 {y}H1200"/>' for y in range(0, 900, 40))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="900" font-family="Noto Sans"><rect width="1200" height="900" fill="#0c2340"/>
<g stroke="#1c3a61" stroke-width="1">{grid}</g><rect x="200" y="190" width="720" height="580" fill="none" stroke="#fff" stroke-width="4"/>
{panels}
<g stroke="#f7b733" stroke-width="2" fill="none"><path d="M200 150H920M200 138v24M920 138v24M970 190V770M958 190h24M958 770h24"/></g>
<g fill="#f7b733" font-size="22" text-anchor="middle"><text x="560" y="136">11.40 m</text><text x="1030" y="488">9.20 m</text></g>
<g fill="#fff"><text x="60" y="70" font-size="34" font-weight="bold">Roof plan — Lindenweg 12</text>
<text x="60" y="104" font-size="20" fill="#9fd3ff">South-east slope, pitch 38°, 18 modules NL-425, strings A to C</text></g>
<g transform="translate(1090 110)" fill="none" stroke="#fff" stroke-width="3"><circle r="44"/><path d="M0-44L10 0-10 0zM0 44V-44" fill="#fff"/></g><text x="1090" y="56" fill="#fff" font-size="20" text-anchor="middle">N</text>
<g fill="#9fd3ff" font-size="18"><text x="60" y="850">Nordlicht Energie GmbH · drawing NE-4711-02 · scale 1 : 50 · checked 2025-11-12</text></g></svg>"""


def battery() -> str:
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="900"><defs>
<linearGradient id="b" x1="0" y1="0" x2="1" y2="0"><stop stop-color="#fdfdfd"/><stop offset=".8" stop-color="#eef1f4"/><stop offset="1" stop-color="#d5dbe1"/></linearGradient>
<pattern id="t" width="120" height="60" patternUnits="userSpaceOnUse"><rect width="120" height="60" fill="#dde2e7"/><path d="M0 0H120M0 30H120M30 0V30M90 30V60" stroke="#b7bec6" stroke-width="2"/></pattern></defs>
<rect width="1200" height="700" fill="url(#t)"/><path d="M0 700H1200V900H0z" fill="#8d949c"/><path d="M0 700H1200v14H0z" fill="#6f767e"/>
<ellipse cx="600" cy="760" rx="330" ry="34" fill="#000" opacity=".22"/>
<g><rect x="400" y="150" width="400" height="600" rx="26" fill="url(#b)" stroke="#b9c1c9" stroke-width="3"/>
<path d="M400 350H800M400 550H800" stroke="#ccd3da" stroke-width="3"/><rect x="560" y="196" width="80" height="10" rx="5" fill="#19c39c"/>
<g transform="translate(556 232) scale(1.85)">{LOGO.replace('viewBox', 'width="48" height="48" viewBox')}</g>
<text x="600" y="460" font-family="Noto Sans" font-weight="bold" font-size="40" fill="#26333c" text-anchor="middle">10.2 kWh</text>
<text x="600" y="500" font-family="Noto Sans" font-size="22" fill="#667580" text-anchor="middle">Nordlicht Speicher M</text>
<g fill="#19c39c">{"".join(f'<rect x="{480 + i * 50}" y="640" width="40" height="16" rx="4" opacity="{1 if i < 4 else .25}"/>' for i in range(5))}</g></g>
<path d="M800 250h90q30 0 30 30v120" fill="none" stroke="#2d3940" stroke-width="12"/><rect x="860" y="400" width="120" height="150" rx="10" fill="#f4f6f8" stroke="#b9c1c9" stroke-width="3"/>
<rect x="880" y="425" width="80" height="44" rx="4" fill="#1d2b33"/><text x="920" y="456" font-family="DejaVu Sans Mono" font-size="24" fill="#7cf5c8" text-anchor="middle">87 %</text></svg>"""


def diagram() -> str:
    boxes = [(60, 60, "Solar modules", "18 × 425 W", "#f7b733"), (380, 60, "Inverter", "8 kW, three-phase", "#0e7c66"), (380, 280, "Storage", "10.2 kWh", "#3d7dca"),
             (700, 60, "Meter", "two-way", "#7a5cc0"), (700, 280, "House", "4 200 kWh a year", "#d1495b"), (60, 280, "Wallbox", "11 kW", "#2f9e8f")]
    drawn = "".join(
        f'<g><rect x="{x}" y="{y}" width="220" height="110" rx="16" fill="#fff" stroke="{c}" stroke-width="4"/><rect x="{x}" y="{y}" width="12" height="110" rx="6" fill="{c}"/>'
        f'<text x="{x + 32}" y="{y + 50}" font-size="23" font-weight="bold" fill="#17252b">{a}</text><text x="{x + 32}" y="{y + 80}" font-size="17" fill="#5b6b73">{b}</text></g>'
        for x, y, a, b, c in boxes
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 980 450" width="980" height="450" font-family="Noto Sans, Segoe UI, Helvetica, Arial, sans-serif"><title>System diagram, Lindenweg 12</title>
<defs><marker id="m" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0 0l10 5-10 5z" fill="#36505c"/></marker></defs>
<rect width="980" height="450" fill="#eef4f3"/><g stroke="#36505c" stroke-width="4" fill="none" marker-end="url(#m)"><path d="M280 115H376"/><path d="M490 170V276" marker-start="url(#m)"/><path d="M600 115H696" marker-start="url(#m)"/>
<path d="M600 150Q660 240 740 276"/><path d="M380 150Q300 200 220 276"/></g>{drawn}<text x="60" y="432" font-size="15" fill="#5b6b73">Nordlicht Energie · drawing NE-4711-05</text></svg>
"""


def film(target: Path, work: Path) -> None:
    """Six seconds in which the panels go up and the sun does too: 48 frames on one sheet, cut apart by ffmpeg."""
    columns, frames, width, height = 6, 48, 640, 360
    cells = []
    for index in range(frames):
        t = index / (frames - 1)
        cells.append(house(panels=min(18, int(t * 21)), noon=0.08 + 0.87 * t, width=width, height=height, ident=f"f{index}"))
    sheet = f'<div style="display:grid;grid-template-columns:repeat({columns},{width}px)">{"".join(cells)}</div>'
    photograph(page(sheet), work / "sheet.png", columns * width, height * frames // columns)
    crop = f"crop={width}:{height}:mod(n\\,{columns})*{width}:floor(n/{columns})*{height}"
    tone = "+".join(f"{0.05 / n}*sin(2*PI*{f}*t)" for n, f in [(1, 220), (1, 277.18), (1, 329.63), (2, 440)])
    ffmpeg("-loop", 1, "-framerate", 8, "-i", work / "sheet.png", "-f", "lavfi", "-i", f"aevalsrc='{tone}':d=6:s=44100",
           "-filter_complex", f"[0:v]{crop},format=yuv420p[v];[1:a]afade=in:d=1,afade=out:st=4.5:d=1.5[a]", "-map", "[v]", "-map", "[a]",
           "-frames:v", frames, "-c:v", "libx264", "-crf", 27, "-preset", "veryslow", "-c:a", "aac", "-b:a", "48k", "-shortest",
           "-movflags", "+faststart", "-map_metadata", -1, target)


def make(files: Path) -> None:
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        photograph(page(house()), work / "house.png", 1280, 800)
        ffmpeg("-i", work / "house.png", "-q:v", 5, files / "house.jpg")
        photograph(page(house(panels=9, noon=0.25)), work / "half.png", 1280, 800)
        ffmpeg("-i", work / "half.png", "-vf", "scale=960:-1", "-q:v", 6, files / "house-half-done.jpg")
        photograph(page(roof_plan()), work / "plan.png", 1200, 900)
        ffmpeg("-i", work / "plan.png", "-pix_fmt", "pal8", "-vf", "split[a][b];[a]palettegen=max_colors=32[p];[b][p]paletteuse=dither=none",
               files / "roof-plan.png")
        photograph(page(battery()), work / "battery.png", 1200, 900)
        ffmpeg("-i", work / "battery.png", "-c:v", "libwebp", "-quality", 78, files / "battery.webp")
        film(files / "time-lapse.mp4", work)
    (files / "system-diagram.svg").write_text(diagram(), encoding="utf-8")
    hum = "0.16*sin(2*PI*100*t)+0.07*sin(2*PI*200*t+0.4)+0.05*sin(2*PI*300*t)*(0.6+0.4*sin(2*PI*0.5*t))"
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc='{hum}':d=8:s=44100", "-f", "lavfi", "-i", "anoisesrc=color=brown:d=8:a=0.08",
           "-filter_complex", "amix=inputs=2:normalize=0,afade=in:d=0.6,afade=out:st=7:d=1", "-ac", 1, "-c:a", "libmp3lame", "-b:a", "56k",
           "-map_metadata", -1, "-metadata", "title=Inverter sound at night", "-metadata", "artist=Nordlicht Energie", files / "inverter-sound.mp3")
