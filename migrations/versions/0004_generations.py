"""Generations with plans and progress, schedules with time zones, golden queries, search loads."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "golden_queries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_golden_queries")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "search_loads",
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("searches", sa.Integer(), nullable=False),
        sa.Column("p50_ms", sa.Float(), nullable=False),
        sa.Column("p95_ms", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_search_loads")),
    )
    for name in ("done", "total"):
        op.add_column(
            "generations", sa.Column(name, sa.Integer(), server_default="0", nullable=False)
        )
    op.add_column("generations", sa.Column("plan", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("generations", sa.Column("pace", sa.JSON(), nullable=True))
    op.add_column(
        "schedules",
        sa.Column("time_zone", sa.String(length=64), server_default="", nullable=False),
    )
    op.add_column(
        "schedules",
        sa.Column("missed", sa.String(length=8), server_default="once", nullable=False),
    )
    op.add_column("schedules", sa.Column("options", sa.JSON(), server_default="{}", nullable=False))
    op.add_column(
        "schedule_slots", sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "schedule_slots",
        sa.Column("outcome", sa.String(length=12), server_default="started", nullable=False),
    )
    op.add_column("schedule_slots", sa.Column("started_id", sa.Integer(), nullable=True))
    op.add_column("schedule_slots", sa.Column("facts", sa.JSON(), nullable=True))


def downgrade() -> None:
    for name in ("facts", "started_id", "outcome", "taken_at"):
        op.drop_column("schedule_slots", name)
    for name in ("options", "missed", "time_zone"):
        op.drop_column("schedules", name)
    for name in ("pace", "plan", "total", "done"):
        op.drop_column("generations", name)
    op.drop_table("search_loads")
    op.drop_table("golden_queries")
