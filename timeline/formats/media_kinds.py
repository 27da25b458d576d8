"""What kind of evidence an address leads to, by its host and by how it ends; nothing is fetched."""

import re
from typing import Literal
from urllib.parse import urlsplit

MediaKind = Literal["image", "video", "audio", "document"]

_HOSTS: dict[str, MediaKind] = {
    "youtube.com": "video",
    "youtu.be": "video",
    "vimeo.com": "video",
    "dailymotion.com": "video",
    "dai.ly": "video",
    "tiktok.com": "video",
    "vine.co": "video",
    "wistia.com": "video",
    "wi.st": "video",
    "rumble.com": "video",
    "soundcloud.com": "audio",
    "spotify.com": "audio",
    "flickr.com": "image",
    "flic.kr": "image",
    "imgur.com": "image",
    "giphy.com": "image",
    "instagram.com": "image",
}
_ENDINGS: dict[str, MediaKind] = {
    **dict.fromkeys(("jpg", "jpeg", "png", "gif", "svg", "webp", "avif", "tif", "tiff", "bmp"), "image"),
    **dict.fromkeys(("mp4", "webm", "mov", "m4v", "ogv", "mkv"), "video"),
    **dict.fromkeys(("mp3", "wav", "m4a", "ogg", "flac"), "audio"),
}
_ENDING = re.compile(r"\.([a-z0-9]{2,5})$")


def media_kind(url: str | None) -> MediaKind:
    """The kind of what is at the address; what is not known, and a bare text, is a document."""
    try:
        parts = urlsplit(url or "")
        labels = (parts.hostname or "").split(".")
    except ValueError:
        return "document"
    for start in range(len(labels)):
        if kind := _HOSTS.get(".".join(labels[start:])):
            return kind
    ending = _ENDING.search(parts.path.lower())
    return _ENDINGS.get(ending[1], "document") if ending else "document"
