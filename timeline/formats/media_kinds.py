"""The kind of evidence at an address, judged by its host and its file extension; nothing is fetched."""

import re
from urllib.parse import urlsplit

from timeline.domain.components import EvidenceKind

_HOSTS: dict[str, EvidenceKind] = {
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
_EXTENSIONS: dict[str, EvidenceKind] = {
    **dict.fromkeys(("jpg", "jpeg", "png", "gif", "svg", "webp", "avif", "tif", "tiff", "bmp"), "image"),
    **dict.fromkeys(("mp4", "webm", "mov", "m4v", "ogv", "mkv"), "video"),
    **dict.fromkeys(("mp3", "wav", "m4a", "ogg", "flac"), "audio"),
}
_EXTENSION = re.compile(r"\.([a-z0-9]{2,5})$")


def media_kind(url: str | None) -> EvidenceKind:
    """The kind of what is at the address; `document` where the address does not tell, or there is none."""
    try:
        parts = urlsplit(url or "")
        labels = (parts.hostname or "").split(".")
    except ValueError:
        return "document"
    for start in range(len(labels)):
        if kind := _HOSTS.get(".".join(labels[start:])):
            return kind
    extension = _EXTENSION.search(parts.path.lower())
    return _EXTENSIONS.get(extension[1], "document") if extension else "document"
