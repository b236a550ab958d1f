"""Reading in slices, attachments as documents, the quality of every page.

Columns are added and dropped in place, never by copying a table: dropping the old copy would
cascade to the rows that refer to it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _columns() -> dict[str, tuple[sa.Column, ...]]:
    return {
        "pages": (
            sa.Column("engine", sa.String(40), nullable=False, server_default=""),
            sa.Column("confidence", sa.Double(), nullable=True),
            sa.Column("unknown_glyphs", sa.Double(), nullable=True),
            sa.Column("table_score", sa.Double(), nullable=True),
            sa.Column("dropped", sa.JSON(), nullable=False, server_default="[]"),
            sa.Column("reread_by", sa.String(40), nullable=False, server_default=""),
        ),
        "index_events": (
            sa.Column("first_ordinal", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("last_ordinal", sa.Integer(), nullable=True),
        ),
        "jobs": (sa.Column("arguments", sa.JSON(), nullable=True),),
    }


def upgrade() -> None:
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    op.create_index("ix_pages_quality", "pages", ["quality"])
    op.create_index(
        "uq_documents_attachment", "documents", ["parent_id", "sha256", "name"], unique=True
    )


def downgrade() -> None:
    op.drop_index("uq_documents_attachment", table_name="documents")
    op.drop_index("ix_pages_quality", table_name="pages")
    for table, columns in _columns().items():
        for column in columns:
            op.drop_column(table, column.name)
