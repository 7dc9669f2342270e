"""Debian's Chromium, and what it has to say about a page."""

import base64
import contextlib
import hashlib
import os
import re

from playwright.sync_api import sync_playwright


@contextlib.contextmanager
def chromium():
    fonts = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fonts.conf")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", env={**os.environ, "FONTCONFIG_FILE": fonts})
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """A page in a window of its own, which remembers all that the browser complains of."""

    def __init__(self, browser, url, width=1280, **options):
        self.complaints = []
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, device_scale_factor=1 if width > 500 else 2, **options)
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.complaints.append(f"console: {message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))
        self.response = self.page.goto(url)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.context.close()

    def text(self, selector):
        return self.page.inner_text(selector)

    def wait(self, expression, *arguments):
        """Waits until a function is true of the page, whose policy keeps scripts of others from waiting in it."""
        for _ in range(200):
            if self.page.evaluate(expression, *arguments):
                return
            self.page.wait_for_timeout(100)
        raise SystemExit(f"never true: {expression}")


def content_hashes(html):
    """What a Content-Security-Policy has to name for the page's own style sheet and script, by the element."""
    contents = re.findall(r"<(style|script)>(.*?)</\1>", html, re.DOTALL)
    digest = {name: hashlib.sha256(text.encode()).digest() for name, text in contents}
    return {name: f"'sha256-{base64.b64encode(value).decode()}'" for name, value in digest.items()}


def expect(condition, message):
    if not condition:
        raise SystemExit(message)
