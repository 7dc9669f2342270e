"""Usage: look.py DIRECTORY NAME=URL...

Looks at each page in both colour schemes, on a desk and on a phone, leaves a picture of each look in the directory, and
ends with an error where a browser, a parser or axe has something to complain of.
"""

import sys

import html5lib
from axe_playwright_python.sync_playwright import Axe

from browser import Visit, chromium, content_hashes, expect


def read(name, visit):
    """The document as it was sent: well-formed, and with a policy that allows what is in it and nothing else."""
    html = visit.response.text()
    html5lib.HTMLParser(strict=True).parse(html)
    directives = dict(part.strip().split(" ", 1) for part in visit.response.headers["content-security-policy"].split(";"))
    hashes = content_hashes(html)
    expected = {
        "default-src": "'none'", "style-src": hashes["style"], "script-src": hashes["script"], "img-src": "data:",
        "connect-src": "'self'", "base-uri": "'none'", "form-action": "'none'", "frame-ancestors": "'none'",
    }
    expect(directives == expected, f"{name}: {directives} instead of {expected}")


def look(name, visit, scheme, width, picture):
    page = visit.page
    page.emulate_media(color_scheme=scheme)
    page.screenshot(path=picture, full_page=True)
    scrolls = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    expect(not scrolls, f"{name} at {width} px scrolls sideways")
    result = Axe().run(page)
    expect(result.violations_count == 0, f"{name}: {result.generate_report()}")
    undecided = [rule["id"] for rule in result.response["incomplete"]]
    expect(not undecided, f"{name}: axe can't decide on {undecided}")
    expect(not visit.complaints, f"{name}: {visit.complaints}")


def main():
    directory, pages = sys.argv[1], [argument.split("=", 1) for argument in sys.argv[2:]]
    with chromium() as browser:
        for name, url in pages:
            for width in (1280, 390):
                with Visit(browser, url, width) as visit:
                    read(name, visit)
                    for scheme in ("light", "dark"):
                        look(name, visit, scheme, width, f"{directory}/{name}-{scheme}-{width}.png")
            print(f"{name}: {visit.response.status}")


main()
