"""Sets how many examples Hypothesis tries: few by default, many with HYPOTHESIS_PROFILE=long."""

import os

from hypothesis import HealthCheck, settings

# An example's time depends on the machine, and a whole log is large to draw.
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]

settings.register_profile("quick", max_examples=100, deadline=None, suppress_health_check=_SLOW)
settings.register_profile("long", parent=settings.get_profile("quick"), max_examples=1_000)


def load() -> None:
    """Load the profile that HYPOTHESIS_PROFILE names, else the quick one."""
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or "quick")


def examples(quick: int) -> settings:
    """Settings for a test with slow examples: this many in the quick profile, in others in proportion."""
    return settings(max_examples=max(1, quick * settings.default.max_examples // 100))
