"""Every setting of the server, read from the environment once and explained where it is wrong."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

CHECKOUT = Path(__file__).resolve().parent.parent
SECRET_KEY_MIN_LENGTH = 32
METRICS_TOKEN_MIN_LENGTH = 16
RATE_LIMIT_MAX = 10_000_000

# As browsers send it: in lower case, with neither a path nor the port that goes without saying.
ORIGIN = re.compile(
    r"[a-z][a-z0-9+.-]*://[a-z0-9_.-]+(:[0-9]{1,5})?|[a-z][a-z0-9+.-]*://\[[0-9a-f:]+\](:[0-9]{1,5})?"
)

Secrets = Annotated[tuple[SecretStr, ...], NoDecode]
Names = Annotated[tuple[str, ...], NoDecode]
Networks = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode]


class SettingsError(Exception):
    """What is wrong with the environment, a line a setting, fit for a terminal."""


class Settings(BaseSettings):
    """Each setting is its environment name in lower case."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    database_url: SecretStr | None = Field(
        default=None, description="A PostgreSQL 15 to 18; unset: an embedded one under DATA_DIR."
    )
    database_direct_url: SecretStr | None = Field(
        default=None,
        description="The server itself, where DATABASE_URL is a pooler: migrations and locks.",
    )
    database_replica_urls: Secrets = Field(
        default=(),
        description="Standbys of it, by space, for the queries that ask for one.",
    )
    database_pool_size: int = Field(
        default=10, ge=1, le=1000, description="Connections each process may hold."
    )
    database_statement_cache: bool = Field(
        default=True,
        description="Off behind a pooler in transaction mode.",
    )
    data_dir: Path = Field(
        default=CHECKOUT / ".data",
        description="Embedded database, keys made for it, mail without SMTP.",
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000", description="The address people reach: base of pay links."
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Signs links and tokens; made and kept with the embedded database.",
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="smtp://user:pass@host:587?starttls=1 or smtps://…; unset: .eml files.",
    )
    mail_attach_pdf: bool = Field(
        default=False, description="Attaches its PDF to the mail of an invoice."
    )
    mail_from: str = Field(default="billing@localhost", description="The sender of mail.")
    gateway: Literal["sandbox", "stripe"] = Field(
        default="sandbox", description="Who takes payments."
    )
    stripe_api_key: SecretStr | None = Field(default=None, description="Stripe's secret key.")
    stripe_webhook_secret: SecretStr | None = Field(
        default=None, description="Verifies Stripe's notices."
    )
    stripe_api_base: str | None = Field(
        default=None, description="Another address of Stripe's API."
    )
    webhook_allow: Networks = Field(
        default=(), description="Private networks (CIDR, by comma) that webhooks may reach."
    )
    jwks_url: str | None = Field(default=None, description="Keys of an outside issuer of tokens.")
    jwt_audience: str | None = Field(
        default=None, description="The audience those tokens must name."
    )
    jwt_issuer: str | None = Field(default=None, description="The issuer those tokens must name.")
    cors_origins: Names = Field(
        default=(), description="Browser origins (by comma) that may call the API."
    )
    rate_limit: int = Field(
        default=60_000,
        ge=0,
        le=RATE_LIMIT_MAX,
        description="Points that each API key may spend in a minute: a read is 1, a mutation 10; 0: no limit.",
    )
    rate_limit_mails: int = Field(
        default=600,
        ge=0,
        le=RATE_LIMIT_MAX,
        description="Invoices that each key may send by mail in a minute; 0: no limit.",
    )
    rate_limit_secrets: int = Field(
        default=600,
        ge=0,
        le=RATE_LIMIT_MAX,
        description="Keys, tokens, pay links and webhook secrets that each key may make in a minute; 0: no limit.",
    )
    documents: Literal["off", "apq", "trusted"] = Field(
        default="off",
        description="Documents named by id: none, those that clients store, or DOCUMENTS_DIR's.",
    )
    documents_dir: Path | None = Field(
        default=None, description="Manifests of trusted documents: JSON objects of text by id."
    )
    pdf_fonts_dir: Path | None = Field(
        default=None,
        description="More fonts for PDFs (TTF, OTF, TTC), for scripts that the built-in ones lack.",
    )
    log_format: Literal["text", "json"] = Field(default="text", description="How a log line looks.")
    metrics_token: SecretStr | None = Field(
        default=None,
        description="Who carries it as a bearer may read /metrics; unset: this machine alone, for trials.",
    )
    metrics_listen: str | None = Field(
        default=None, description="host:port where a worker serves /metrics and /healthz."
    )
    otel_exporter_otlp_endpoint: str | None = Field(
        default=None,
        description="Where traces go by OTLP over HTTP, such as http://127.0.0.1:4318; all other OTEL_… hold too.",
    )
    otel_exporter_otlp_traces_endpoint: str | None = Field(
        default=None, description="The same, as the whole address."
    )
    metrics_dir: Path | None = Field(
        default=None,
        description="Where processes tell each other what they count; set by serve --workers.",
    )
    demo_api_key: SecretStr | None = Field(
        default=None, description="GraphiQL offers it to browsers on this machine; set by make run."
    )

    @field_validator("webhook_allow", mode="before")
    @classmethod
    def _split_networks(cls, value: object) -> object:
        return tuple(ip_network(part) for part in _parts(value)) if _is_text(value) else value

    @field_validator("database_replica_urls", mode="before")
    @classmethod
    def _split_urls(cls, value: object) -> object:
        return tuple(str(value).split()) if _is_text(value) else value

    @field_validator("database_replica_urls")
    @classmethod
    def _name_postgres(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for url in value:
            cls._names_postgres(url)
        return value

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_names(cls, value: object) -> object:
        return _parts(value) if _is_text(value) else value

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name != "*" and not ORIGIN.fullmatch(name):
                raise ValueError(f"{name} is no origin; write it like https://shop.example")
        return value

    @field_validator("data_dir")
    @classmethod
    def _is_absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("pdf_fonts_dir")
    @classmethod
    def _is_folder(cls, value: Path | None) -> Path | None:
        if value and not value.is_dir():
            raise ValueError(f"must name a folder; {value} is none")
        return value

    @field_validator("database_url", "database_direct_url")
    @classmethod
    def _names_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("postgres://", "postgresql://")):
            raise ValueError("must start with postgresql://")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _names_smtp(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith(("smtp://", "smtps://")):
            raise ValueError("must start with smtp:// or smtps://")
        return value

    @field_validator("jwks_url")
    @classmethod
    def _is_fetched_safely(cls, value: str | None) -> str | None:
        safe = ("https://", "http://127.0.0.1:", "http://localhost:")
        if value and not value.startswith(safe):
            raise ValueError("must start with https://")
        return value

    @field_validator("metrics_listen")
    @classmethod
    def _names_port(cls, value: str | None) -> str | None:
        if value and not re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^\s:/]+):[0-9]{1,5}", value):
            raise ValueError("must look like 127.0.0.1:9464")
        return value

    @field_validator("metrics_token")
    @classmethod
    def _is_hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        if value and len(value.get_secret_value()) < METRICS_TOKEN_MIN_LENGTH:
            raise ValueError(f"must have at least {METRICS_TOKEN_MIN_LENGTH} characters")
        return value

    @field_validator("public_url")
    @classmethod
    def _has_no_last_slash(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @field_validator("secret_key")
    @classmethod
    def _is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value and len(value.get_secret_value()) < SECRET_KEY_MIN_LENGTH:
            raise ValueError(f"must have at least {SECRET_KEY_MIN_LENGTH} characters")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.gateway == "stripe" and not (self.stripe_api_key and self.stripe_webhook_secret):
            raise ValueError("GATEWAY=stripe needs STRIPE_API_KEY and STRIPE_WEBHOOK_SECRET")
        if self.documents == "trusted" and not self.documents_dir:
            raise ValueError("DOCUMENTS=trusted needs DOCUMENTS_DIR")
        if self.jwks_url and not (self.jwt_audience and self.jwt_issuer):
            raise ValueError("JWKS_URL needs JWT_AUDIENCE and JWT_ISSUER")
        if self.database_url and not self.secret_key:
            raise ValueError("DATABASE_URL needs SECRET_KEY (try: openssl rand -hex 32)")
        return self

    @property
    def is_embedded(self) -> bool:
        """Whether the server brings its own PostgreSQL."""
        return self.database_url is None

    @property
    def dsn(self) -> str:
        """Where queries go; known once the installation is opened."""
        assert self.database_url is not None, "open the installation first"
        return self.database_url.get_secret_value()

    @property
    def direct_dsn(self) -> str:
        """Where migrations and session locks go: past any pooler."""
        url = self.database_direct_url
        return url.get_secret_value() if url else self.dsn

    @property
    def secret(self) -> str:
        """The key that signs; known once the installation is opened."""
        assert self.secret_key is not None, "open the installation first"
        return self.secret_key.get_secret_value()


def load() -> Settings:
    """The settings of this environment; SettingsError says every one that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(error))) from None


def _explain(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(str(part) for part in row['loc'][:1]).upper() or 'Settings'}: "
        + row["msg"].removeprefix("Value error, ")
        for row in error.errors(include_input=False, include_url=False)
    ]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _parts(value: object) -> tuple[str, ...]:
    return tuple(part.strip() for part in str(value).split(",") if part.strip())
