"""Settings of the collectors."""

from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from ledgers.config import Settings

COINS = ("BTC", "ETH", "SOL", "XRP", "BNB", "ADA", "DOGE", "AVAX", "LINK", "DOT")


class CollectSettings(Settings):
    """How feeds are asked. Every field is described in `.env.template`."""

    contact: str = ""
    coins: Annotated[tuple[str, ...], NoDecode] = COINS
    defillama_protocols: str = (
        "lido,aave-v3,eigencloud,ether.fi-stake,ethena-usde,sky-lending,morpho-blue,pendle,uniswap-v3,"
        "uniswap-v2,curve-dex,compound-v3,justlend,rocket-pool,raydium-amm,jito-liquid-staking,kamino-lend,pancakeswap-amm-v3,jupiter-perpetual-exchange,sparklend"
    )
    sec_filers: str = "MSTR=1050446,COIN=1679788,MARA=1507605,RIOT=1167419,XYZ=1512673"
    source_urls: dict[str, str] = Field(default_factory=dict)
    coingecko_key: SecretStr | None = None
    coinspot_key: SecretStr | None = None
    coinspot_secret: SecretStr | None = None
    reddit_client_id: SecretStr | None = None
    reddit_client_secret: SecretStr | None = None
    cryptopanic_key: SecretStr | None = None
    cryptopanic_plan: str = "developer"
    nansen_key: SecretStr | None = None

    @field_validator("coins", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        symbols = value.split(",") if isinstance(value, str) else value
        return tuple(dict.fromkeys(s.strip().upper() for s in symbols)) if isinstance(symbols, list | tuple) else value

    def keys(self, names: tuple[str, ...]) -> dict[str, str]:
        """The values of the named settings, those that are not set left out."""
        values = {name: getattr(self, name) for name in names}
        plain = {name: v.get_secret_value() if isinstance(v, SecretStr) else v for name, v in values.items()}
        return {name: value for name, value in plain.items() if value}

    def secrets(self) -> list[str]:
        """Every secret value, for redaction."""
        values = (getattr(self, name) for name in type(self).model_fields)
        return [value.get_secret_value() for value in values if isinstance(value, SecretStr)]


class QualitySettings(Settings):
    """How the quality of what was collected is judged. Every field is described in `.env.template`."""

    model_config = SettingsConfigDict(env_prefix="OMC_QUALITY_")

    every_seconds: float = Field(default=60, gt=0)
    freshness: dict[str, tuple[float, float]] = Field(default_factory=dict)
    slot_hours: float = Field(default=24, gt=0)
    bar_days: float = Field(default=7, gt=0)
    quote_hours: float = Field(default=1, gt=0)
    completeness_weight: float = Field(default=0.3, ge=0)
    timeliness_weight: float = Field(default=0.4, ge=0)
    accuracy_weight: float = Field(default=0.3, ge=0)
    warning_below: float = Field(default=0.7, ge=0, le=1)
    high_below: float = Field(default=0.5, ge=0, le=1)
    jump_pct: float = Field(default=25, gt=0)
    frozen_rows: int = Field(default=30, ge=2)
    divergence_pct: float = Field(default=2, gt=0)
    tolerated_share: float = Field(default=0.1, gt=0, le=1)
    kept_minutes: float = Field(default=60, gt=0)
    webhook: SecretStr | None = None
    email: str | None = None
    run_days: float = Field(default=30, gt=0)
    verdict_days: float = Field(default=90, gt=0)

    @model_validator(mode="after")
    def _weights_sum_to_one(self) -> Self:
        total = self.completeness_weight + self.timeliness_weight + self.accuracy_weight
        if abs(total - 1) > 1e-9:  # noqa: PLR2004 - rounding of decimals
            raise ValueError(f"the three weights must add up to 1, not {total:g}")
        return self


class SmtpSettings(Settings):
    """The server that alerts are mailed through. Every field is described in `.env.template`."""

    model_config = SettingsConfigDict(env_prefix="OMC_SMTP_")

    host: str | None = None
    port: int = Field(default=587, gt=0, le=65535)
    starttls: bool = True
    user: str | None = None
    password: SecretStr | None = None
    sender: str | None = None


def setting_name(field: str) -> str:
    """The environment variable of a setting."""
    return f"OMC_{field.upper()}"
