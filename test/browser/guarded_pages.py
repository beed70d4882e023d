"""Pages of a real browser that are watched while they are open."""
from typing import Any

from live_scene import LiveScene


class GuardedPages:
    """Pages of one browser that notice what no page may do; `check` fails where one did."""

    def __init__(self, browser: Any, scene: LiveScene) -> None:
        self._browser = browser
        self._scene = scene
        self._state: Any = None
        self._contexts: list[Any] = []
        self.complaints: list[str] = []
        self.tolerated: list[str] = []      # parts of complaints that a test expects

    def open(self, hash: str = '#/', *, logged_in: bool = True, **options: Any) -> Any:
        """Return a page that shows `hash`. `options` are those of a browser context."""
        options.setdefault('viewport', {'width': 1280, 'height': 900})
        context = self._browser.new_context(
            storage_state=self._logged_in() if logged_in else None, **options)
        context.set_default_timeout(30_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on('console', self._hear)
        page.on('pageerror', lambda error: self.complaints.append(f'uncaught: {error}'))
        page.on('request', lambda request: self._see(request.url))
        page.on('websocket', lambda socket: self._see(socket.url))
        if logged_in:
            page.goto(f'{self._scene.url}/{hash}')
        return page

    def check(self) -> None:
        """Close all pages; fail where one complained, or asked another origin for anything."""
        bad = [text for text in self.complaints
               if not any(part in text for part in self.tolerated)]
        for context in self._contexts:
            context.close()
        assert not bad, bad

    def _logged_in(self) -> Any:
        if self._state is None:
            context = self._browser.new_context()
            page = context.new_page()
            page.goto(self._scene.login_link())
            page.wait_for_url(f'{self._scene.url}/')
            self._state = context.storage_state()
            context.close()
        return self._state

    def _hear(self, message: Any) -> None:
        if message.type in ('error', 'warning'):
            self.complaints.append(f'{message.type}: {message.text}')

    def _see(self, url: str) -> None:
        own = self._scene.url.removeprefix('http')
        if not url.startswith((f'http{own}', f'ws{own}', f'blob:http{own}', 'data:')):
            self.complaints.append(f'asked another origin: {url}')
