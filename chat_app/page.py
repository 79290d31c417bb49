"""The page's own files: Chainlit's, made ours, without a single link to the outside, and its import, made cheap."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

OURS = Path(__file__).with_name("page")
_OUTSIDE = re.compile(r"<link\b[^>]*href=\"https?://[^>]*>\s*")
_BANNER = (
    '<div id="omc-banners" role="status" data-simulated="{simulated}"></div>'
    '<div id="omc-notices" role="log" aria-live="polite" aria-label="Notices"></div>'
)

CONFIG: dict[str, dict[str, Any]] = {
    "project": {
        "user_env": [],
        "session_timeout": 300,
        "user_session_timeout": 1_296_000,
        "allow_origins": [],
        "transports": ["websocket"],
        "cache": False,
        "persist_user_env": False,
    },
    "features": {
        "unsafe_allow_html": False,
        "latex": False,
        "user_message_markdown": False,
        "assistant_message_autoscroll": False,  # the question stays on top, the answer grows below it
        "edit_message": False,
        "allow_thread_sharing": False,
        "auto_tag_thread": False,
        "spontaneous_file_upload": {"enabled": False, "accept": ["text/csv"], "max_files": 1, "max_size_mb": 1},
        "audio": {"enabled": False},
        "mcp": {"enabled": False, "user_servers": {"enabled": False}},
    },
    "UI": {
        "name": "Oh My Coins",
        "description": "A crypto research analyst you chat with, over data that you own.",
        "language": "en-US",
        "cot": "full",
        "confirm_new_chat": False,
        "alert_style": "modern",
        "custom_css": "/public/omc.css",
        "custom_js": "/public/omc.js",
        "custom_build": "build",
        "custom_meta_url": "/",
        "custom_meta_image_url": "/logo?theme=light",
        "header_links": [
            {"name": "data", "display_name": "Data", "icon_url": "/public/icons/data.svg", "url": "/data"},
        ],
        "login_page_image": "/public/favicon.svg",
    },
    "meta": {"generated_by": "2.12.0"},
}

WORDS = {
    "auth.login.title": "Sign in to Oh My Coins",
    "auth.login.form.email.label": "Name",
    "auth.login.form.email.placeholder": "your name here",
    "auth.login.form.email.required": "A name is needed",
    "chat.input.placeholder": "Ask about a coin, a period, a number…",
    "chat.input.actions.stop": "Stop",
    "chat.settings.title": "Settings",
    "chat.watermark": "Research, not advice. Every figure cites its evidence; ⚠️ marks what none supports.",
    "navigation.header.readme": "What to ask",
    "threadHistory.sidebar.title": "Conversations",
    "threadHistory.sidebar.empty": "No conversations yet",
}


def prepare(folder: Path, *, simulated: bool) -> Path:
    """Write the page's files: our words and looks, Chainlit's build with nothing linked from outside.

    Args:
        folder: where they go; it is Chainlit's application root.
        simulated: whether every page says that the market is simulated.
    """
    installed = Path(str(find_spec("chainlit").origin)).parent  # type: ignore[union-attr] # a dependency, always there
    dist = installed / "frontend" / "dist"
    (folder / ".chainlit" / "translations").mkdir(parents=True, exist_ok=True)
    (folder / ".chainlit" / "config.toml").write_text(_toml(CONFIG), encoding="utf-8")
    words = _words(json.loads((installed / "translations" / "en-US.json").read_text(encoding="utf-8")))
    (folder / ".chainlit" / "translations" / "en-US.json").write_text(json.dumps(words), encoding="utf-8")
    shutil.copytree(OURS / "public", folder / "public", dirs_exist_ok=True)
    for name in ("chainlit.md", f"chainlit_{CONFIG['UI']['language']}.md"):  # it warns where its language has none
        shutil.copyfile(OURS / "chainlit.md", folder / name)
    build = folder / "build"
    build.mkdir(exist_ok=True)
    _link(build / "assets", dist / "assets")
    index = own_index((dist / "index.html").read_text(encoding="utf-8"), simulated=simulated)
    (build / "index.html").write_text(index, encoding="utf-8")
    return folder


def own_index(index: str, *, simulated: bool) -> str:
    """Chainlit's index page without links to other hosts, with a place for our banners."""
    banner = _BANNER.format(simulated=str(simulated).lower())
    return _OUTSIDE.sub("", index).replace('<div id="root">', f'{banner}\n    <div id="root">')


def load_chainlit(folder: Path, secret: str) -> ModuleType:
    """Import Chainlit on these files, unmoved by what the environment says for others.

    Its import reads settings such as DATABASE_URL, ROOT or SLACK_BOT_TOKEN that change what it does.
    """
    with _quiet_environment():
        os.environ["CHAINLIT_APP_ROOT"] = str(folder)
        os.environ["CHAINLIT_AUTH_SECRET"] = secret
        os.environ["CHAINLIT_CUSTOM_AUTH"] = "true"
        os.environ["CHAINLIT_AUTH_COOKIE_NAME"] = "omc_session"
        os.environ["CHAINLIT_ENV_FILE"] = ".no-env-file"
        import chainlit  # noqa: PLC0415 - only here, once its files are there
        import chainlit.server  # noqa: PLC0415
        from chainlit.config import config  # noqa: PLC0415
    setattr(config.ui, "default_theme", "system")  # noqa: B010 - the page knows it, the settings file may not say it
    return chainlit


_FOREIGN = re.compile(
    r"(CHAINLIT|LITERAL|SLACK|TEAMS|DISCORD|OAUTH)_|(DATABASE_URL|ROOT|RUN|UI|CODE|PROJECT|FEATURES)$"
)


@contextmanager
def _quiet_environment() -> Iterator[None]:
    """Hide variables that are meant for others while the block lasts; what the block sets stays."""
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if _FOREIGN.match(name.upper())}
    try:
        yield
    finally:
        for name, value in hidden.items():
            if not name.upper().startswith("CHAINLIT_"):
                os.environ.setdefault(name, value)


def _words(words: dict[str, Any]) -> dict[str, Any]:
    """Chainlit's English with our words in it; a path that is not there is an error, not a silent loss."""
    for path, text in WORDS.items():
        *parents, last = path.split(".")
        node = words
        for parent in parents:
            node = node[parent]
        node[last]
        node[last] = text
    return words


def _toml(tables: dict[str, dict[str, Any]], prefix: str = "") -> str:
    """Nested dictionaries as TOML."""
    lines: list[str] = []
    for name, table in tables.items():
        lines.append(f"[{prefix}{name}]")
        lines += [f"{key} = {_value(value)}" for key, value in table.items() if not isinstance(value, dict)]
        nested = {key: value for key, value in table.items() if isinstance(value, dict)}
        lines.append(_toml(nested, f"{prefix}{name}."))
    return "\n".join(lines)


def _value(value: Any) -> str:
    """JSON's strings, numbers and booleans are TOML's as well; tables within a list are written in line."""
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {_value(one)}' for key, one in value.items())} }}"
    return json.dumps(value)


def _link(link: Path, target: Path) -> None:
    """Point `link` at the installed files; where links are refused, copy them."""
    if link.is_symlink() and link.resolve() == target.resolve():
        return
    if link.is_symlink():
        link.unlink()
    elif link.exists():
        shutil.rmtree(link)
    try:
        link.symlink_to(target, target_is_directory=True)
    except OSError:
        shutil.copytree(target, link)
