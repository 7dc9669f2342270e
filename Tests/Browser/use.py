"""Usage: use.py URL AUTHORIZED-URL TOKEN

Uses the page as people do: reads it for a while, pauses it, selects text, loses the server, goes without scripts, logs in.
"""

import sys

from browser import Visit, chromium, expect


def refresh(page):
    """Makes the page do now what it does each 5 s, and whenever somebody comes back to it."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def changes(visit, before):
    visit.wait("before => document.getElementById('taken').innerText !== before", before)


def refreshes_in_place(browser, url):
    with Visit(browser, url) as visit:
        page = visit.page
        page.set_viewport_size({"width": 1280, "height": 300})
        page.evaluate("window.mark = document.querySelector('main')")
        page.focus("#pause")
        page.evaluate("scrollTo(0, 120)")
        changes(visit, visit.text("#taken"))
        expect(page.evaluate("window.mark === document.querySelector('main')"), "the page was loaded again")
        expect(page.evaluate("document.activeElement.id") == "pause", "the focus has moved")
        expect(page.evaluate("scrollY") == 120, "the page has scrolled")
        expect(not visit.complaints, f"refresh: {visit.complaints}")


def stays_while_paused_or_selected(browser, url):
    with Visit(browser, url) as visit:
        page = visit.page
        requests = []
        page.on("request", lambda request: requests.append(request.url))
        page.click("#pause")
        expect(visit.text("#pause") == "Resume", "the button does not say what it does")
        refresh(page)
        page.wait_for_timeout(500)
        expect(not requests, "a paused page was refreshed")
        before = visit.text("#taken")
        page.click("#pause")
        changes(visit, before)
        page.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))")
        requests.clear()
        refresh(page)
        page.wait_for_timeout(500)
        expect(not requests, "text was replaced while it was selected")
        before = visit.text("#taken")
        page.evaluate("getSelection().empty()")
        changes(visit, before)
        expect(not visit.complaints, f"pause: {visit.complaints}")


def says_that_the_server_is_gone(browser, url):
    with Visit(browser, url) as visit:
        page = visit.page
        title = page.title()
        page.context.set_offline(True)
        refresh(page)
        visit.wait("document.body.classList.contains('lost')")
        expect(page.title() == f"No answer: {title}", f"the tab says {page.title()}")
        expect(visit.text("#connection").startswith("No answer since "), "the page does not say that it is old")
        page.context.set_offline(False)
        refresh(page)
        visit.wait("!document.body.classList.contains('lost')")
        expect(page.title() == title and visit.text("#connection") == "", "the page does not say that it is new again")


def works_without_scripts(browser, url):
    with Visit(browser, url, java_script_enabled=False) as visit:
        expect(not visit.page.is_visible("#pause"), "there is a button that does nothing")
        expect(visit.page.is_visible("table.checks"), "there is nothing to see")
        seconds = visit.page.get_attribute("meta[http-equiv=refresh]", "content")
        expect(int(seconds) >= 5, "the page is not loaded again")
        expect(not visit.complaints, f"without scripts: {visit.complaints}")


def lets_people_log_in(browser, url, token):
    with Visit(browser, url) as visit:
        expect(visit.page.is_visible("#login") and not visit.page.is_visible("table"), "a stranger sees more")
        expect(visit.page.request.get(url + "?login").status == 401, "nobody is asked for a password")
    with Visit(browser, url, http_credentials={"username": "me", "password": token}) as visit:
        visit.page.goto(url + "?login")
        expect(visit.page.url == url, f"{visit.page.url} after the login")
        expect(visit.page.is_visible("table.checks"), "who has logged in sees nothing")
        before = visit.text("#taken")
        visit.page.wait_for_timeout(1000)
        refresh(visit.page)
        changes(visit, before)
        expect(visit.page.is_visible("table.checks"), "a refresh logs out")


def main():
    url, authorized, token = sys.argv[1:]
    with chromium() as browser:
        refreshes_in_place(browser, url)
        stays_while_paused_or_selected(browser, url)
        says_that_the_server_is_gone(browser, url)
        works_without_scripts(browser, url)
        lets_people_log_in(browser, authorized, token)
    print("all is well")


main()
