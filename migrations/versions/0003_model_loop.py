"""The model loop: examples with lineage, trainings, models and their roles, what rollbacks need.

Columns are added and dropped in place, never by copying a table: dropping the old copy would
cascade to the rows that refer to it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "model_versions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("task", sa.String(length=16), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("taxonomy", sa.String(length=120), nullable=False),
        sa.Column("base", sa.String(length=300), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("folder", sa.String(length=300), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("baselines", sa.JSON(), nullable=False),
        sa.Column("gate", sa.JSON(), nullable=True),
        sa.Column("training_id", sa.Integer(), nullable=True),
        sa.Column("created_by", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_model_versions")),
        sa.UniqueConstraint("name", name=op.f("uq_model_versions_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "redos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("taxonomy", sa.String(length=120), nullable=True),
        sa.Column("collection_id", sa.Integer(), nullable=True),
        sa.Column("cursor", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redos")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_redos_job_id"), "redos", ["job_id"], unique=False)
    op.create_table(
        "trainings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("task", sa.String(length=16), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("taxonomy", sa.String(length=120), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("estimate", sa.JSON(), nullable=False),
        sa.Column("done_steps", sa.Integer(), nullable=False),
        sa.Column("total_steps", sa.Integer(), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("model_version_id", sa.Integer(), nullable=True),
        sa.Column("error_code", sa.String(length=40), nullable=True),
        sa.Column("error_facts", sa.JSON(), nullable=True),
        sa.Column("created_by", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trainings")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_trainings_job_id"), "trainings", ["job_id"], unique=False)
    op.create_table(
        "window_notes",
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("recipe", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("text_hash", "recipe", name=op.f("pk_window_notes")),
    )
    op.create_table(
        "collection_settings",
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.Column("taxonomy_id", sa.Integer(), nullable=True),
        sa.Column("summary_length", sa.String(length=16), nullable=True),
        sa.Column("summary_language", sa.String(length=8), nullable=True),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collections.id"],
            name=op.f("fk_collection_settings_collection_id_collections"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["taxonomy_id"],
            ["taxonomies.id"],
            name=op.f("fk_collection_settings_taxonomy_id_taxonomies"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("collection_id", name=op.f("pk_collection_settings")),
    )
    op.create_table(
        "model_aliases",
        sa.Column("task", sa.String(length=16), nullable=False),
        sa.Column("taxonomy", sa.String(length=120), nullable=False),
        sa.Column("alias", sa.String(length=16), nullable=False),
        sa.Column("model_version_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["model_version_id"],
            ["model_versions.id"],
            name=op.f("fk_model_aliases_model_version_id_model_versions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("task", "taxonomy", "alias", name=op.f("pk_model_aliases")),
    )
    op.create_table(
        "taxonomy_versions",
        sa.Column("taxonomy_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("moved", sa.JSON(), nullable=False),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["taxonomy_id"],
            ["taxonomies.id"],
            name=op.f("fk_taxonomy_versions_taxonomy_id_taxonomies"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("taxonomy_id", "number", name=op.f("pk_taxonomy_versions")),
    )
    op.create_table(
        "training_points",
        sa.Column("training_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["training_id"],
            ["trainings.id"],
            name=op.f("fk_training_points_training_id_trainings"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("training_id", "step", name=op.f("pk_training_points")),
    )
    op.create_table(
        "classification_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("probabilities", sa.JSON(), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("model_version_id", sa.Integer(), nullable=True),
        sa.Column("path", sa.String(length=16), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["document_versions.id"],
            name=op.f("fk_classification_history_version_id_document_versions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classification_history")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_classification_history_version_id"),
        "classification_history",
        ["version_id"],
        unique=False,
    )
    op.create_table(
        "examples",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("taxonomy_id", sa.Integer(), nullable=True),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("text_hash", sa.String(length=64), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("split", sa.String(length=12), nullable=True),
        sa.Column("group_key", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=12), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=True),
        sa.Column("model_said", sa.Text(), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["taxonomy_id"],
            ["taxonomies.id"],
            name=op.f("fk_examples_taxonomy_id_taxonomies"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["document_versions.id"],
            name=op.f("fk_examples_version_id_document_versions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_examples")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_examples_taxonomy_id"), "examples", ["taxonomy_id"], unique=False)
    op.create_index(op.f("ix_examples_text_hash"), "examples", ["text_hash"], unique=False)
    op.create_index(op.f("ix_examples_version_id"), "examples", ["version_id"], unique=False)
    op.add_column("classifications", sa.Column("model_version_id", sa.Integer(), nullable=True))
    op.add_column(
        "classifications",
        sa.Column("path", sa.String(length=16), server_default="", nullable=False),
    )
    op.add_column(
        "classifications", sa.Column("tokens", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "classifications", sa.Column("seconds", sa.Double(), server_default="0", nullable=False)
    )
    op.create_index(
        op.f("ix_classifications_model_version_id"),
        "classifications",
        ["model_version_id"],
        unique=False,
    )
    op.add_column(
        "summaries",
        sa.Column("source", sa.String(length=8), server_default="model", nullable=False),
    )
    op.add_column(
        "summaries", sa.Column("path", sa.String(length=16), server_default="", nullable=False)
    )
    op.add_column(
        "summaries", sa.Column("tokens", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "summaries", sa.Column("seconds", sa.Double(), server_default="0", nullable=False)
    )
    op.add_column(
        "taxonomies", sa.Column("number", sa.Integer(), server_default="1", nullable=False)
    )


def downgrade() -> None:
    op.drop_column("taxonomies", "number")
    op.drop_column("summaries", "seconds")
    op.drop_column("summaries", "tokens")
    op.drop_column("summaries", "path")
    op.drop_column("summaries", "source")
    op.drop_index(op.f("ix_classifications_model_version_id"), table_name="classifications")
    op.drop_column("classifications", "seconds")
    op.drop_column("classifications", "tokens")
    op.drop_column("classifications", "path")
    op.drop_column("classifications", "model_version_id")
    op.drop_index(op.f("ix_examples_version_id"), table_name="examples")
    op.drop_index(op.f("ix_examples_text_hash"), table_name="examples")
    op.drop_index(op.f("ix_examples_taxonomy_id"), table_name="examples")
    op.drop_table("examples")
    op.drop_index(op.f("ix_classification_history_version_id"), table_name="classification_history")
    op.drop_table("classification_history")
    op.drop_table("training_points")
    op.drop_table("taxonomy_versions")
    op.drop_table("model_aliases")
    op.drop_table("collection_settings")
    op.drop_table("window_notes")
    op.drop_index(op.f("ix_trainings_job_id"), table_name="trainings")
    op.drop_table("trainings")
    op.drop_index(op.f("ix_redos_job_id"), table_name="redos")
    op.drop_table("redos")
    op.drop_table("model_versions")
