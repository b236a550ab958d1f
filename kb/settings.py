"""Every setting of the product, read once from ``KB_*`` variables and an optional ``kb.toml``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class Settings(BaseSettings):
    """Frozen; build it once at a door and hand it down."""

    model_config = SettingsConfigDict(
        env_prefix="KB_", toml_file="kb.toml", frozen=True, extra="forbid"
    )

    data: Path = Field(Path("data"), description="Folder where everything is stored.")
    database_url: str = Field(
        "", description="SQLAlchemy URL; empty means SQLite in the data folder."
    )
    redis_url: str = Field("", description="Redis URL; empty means a private Redis of our own.")
    host: str = Field("127.0.0.1", description="Address the web server listens on.")
    port: int = Field(8000, description="Port the web server listens on.")
    allowed_hosts: str = Field(
        "", description="Further names the web server answers to, separated by commas."
    )
    trusted_proxies: str = Field(
        "127.0.0.1",
        description="Addresses of reverse proxies whose X-Forwarded headers are believed, "
        "separated by commas.",
    )
    allow_plain_http: bool = Field(
        default=False,
        description="Listen beyond this machine although no administrator has a password: only "
        "where a proxy or a container guards the address.",
    )
    workers: int = Field(0, description="Reading processes; 0 means one per core.")
    max_upload_mb: int = Field(200, description="Largest file that is taken in, in MB.")
    models_dir: Path | None = Field(
        None, description="Folder of converted model files; empty means data/models."
    )
    embed_threads: int = Field(0, description="Threads of the embedder; 0 means one per core.")
    embed_api_key: str = Field(
        "", description="Key for embedding servers that a re-index is pointed to.", repr=False
    )
    link: bool = Field(
        default=False, description="Print a one-time sign-in link at the start in any case."
    )
    llm: str = Field(
        "",
        description="Language model: empty = embedded default, a folder with a checkpoint, "
        "or the base URL of an OpenAI-compatible server.",
    )
    llm_model: str = Field("", description="Model name to ask an OpenAI-compatible server for.")
    llm_api_key: str = Field("", description="Key for the OpenAI-compatible server.", repr=False)
    llm_context: int = Field(
        32768, description="Context of the language model in tokens; windows never exceed it."
    )
    llm_precision: Literal["auto", "float32", "bfloat16", "float16", "int8", "int4"] = Field(
        "auto",
        description="Number format in which a local checkpoint runs; int8 and int4 need "
        "bitsandbytes.",
    )
    gate_margin: float = Field(
        0.01,
        ge=0,
        le=1,
        description="How much lower the accuracy or macro F1 of a trained model may be than that "
        "of the model in service, 0 to 1.",
    )
    gate_class_margin: float = Field(
        0.05,
        ge=0,
        le=1,
        description="How much lower its F1 on one class may be, where at least five documents "
        "are held out, 0 to 1.",
    )
    parse_memory_mb: int = Field(1536, description="Memory limit of one reading process, in MB.")
    parse_page_seconds: int = Field(60, description="Longest time for one page, in seconds.")
    parse_pages: int = Field(10_000, description="Most pages of one document.")
    ocr_cache_mb: int = Field(
        512,
        ge=0,
        description="Room for what OCR read, kept so that no page image is read twice, in MB; "
        "0 keeps nothing.",
    )
    index_memory: Literal["hot", "lean"] = Field(
        "hot",
        description="What large index segments keep in memory: hot, eight bits a dimension; lean, "
        "one bit, refined from the disk. For segments written from now on: kb reindex.",
    )
    lease_seconds: int = Field(60, description="How long a job stays claimed without a heartbeat.")
    job_attempts: int = Field(3, description="Tries before a job that dies is set aside.")
    log_level: str = Field("info", description="debug, info, warning or error.")

    @property
    def sqlalchemy_url(self) -> str:
        """The database in force."""
        return self.database_url or f"sqlite:///{self.data.resolve() / 'kb.sqlite3'}"

    @property
    def blobs_path(self) -> Path:
        """Folder of the stored originals."""
        return self.data / "blobs"

    @property
    def index_path(self) -> Path:
        """Folder of index generations; derived, may be deleted."""
        return self.data / "index"

    @property
    def ocr_cache_path(self) -> Path:
        """Folder of what OCR read; derived, may be deleted."""
        return self.data / "ocr-cache"

    @property
    def models_path(self) -> Path:
        """Folder of converted model files; derived, may be deleted."""
        return self.models_dir or self.data / "models"

    @property
    def base_models_path(self) -> Path:
        """Folder of language models that were pulled or imported."""
        return self.models_path / "base"

    def for_child(self) -> dict[str, str]:
        """The environment of a process of ours that shall have these settings."""
        own = {
            f"KB_{name.upper()}": str(value)
            for name in type(self).model_fields
            if name in self.model_fields_set and (value := getattr(self, name)) is not None
        }
        return self.child_environment(own | {"KB_DATA": str(self.data.resolve())})

    @property
    def run_path(self) -> Path:
        """Folder of sockets, pid files and one-time links while the server runs."""
        return self.data / "run"

    @staticmethod
    def child_environment(values: Mapping[str, str]) -> dict[str, str]:
        """This process's environment with ``values`` on top, for a process of ours."""
        return os.environ | dict(values)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, the environment over ``kb.toml``."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def origins(settings: Settings) -> dict[str, str]:
    """Say for each setting where its value came from: argument, environment, kb.toml, default."""
    variables = {name.upper() for name in os.environ}
    from_file = TomlConfigSettingsSource(Settings)()
    found = {}
    for name in Settings.model_fields:
        if f"KB_{name.upper()}" in variables:
            found[name] = f"environment KB_{name.upper()}"
        elif name in from_file:
            found[name] = "kb.toml"
        else:
            found[name] = "argument" if name in settings.model_fields_set else "default"
    return found
