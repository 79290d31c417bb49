"""Settings of the analyst."""

from pydantic import Field, SecretStr

from agents.context import Limits
from ledgers.config import Settings


class AgentSettings(Settings):
    """Which model thinks, and within which limits. Every field is described in `.env.template`."""

    model: str | None = None  # provider:name
    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: str | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    model_seconds: float = Field(default=120.0, gt=0)
    # USD per million tokens, in and out, by model name
    model_prices: dict[str, tuple[float, float]] = Field(default={})
    artifacts_bucket: str | None = None
    run_model_calls: int = Field(default=24, ge=1)
    run_seconds: float = Field(default=300.0, gt=0)
    run_questions: int = Field(default=3, ge=0)

    @property
    def limits(self) -> Limits:
        """The ceilings of one run."""
        return Limits(questions=self.run_questions, model_calls=self.run_model_calls, seconds=self.run_seconds)
