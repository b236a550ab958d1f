"""Checkpoints are taken in whole, described by arithmetic, and refused where they are unsafe."""

import json
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.domain.errors import (
    CheckpointRefused,
    Conflict,
    ModelDoesNotFit,
    ModelNotInstalled,
    ModelUnavailable,
    NotFound,
)
from kb.llm.catalogue import CATALOGUE, known
from kb.llm.checkpoints import (
    find_checkpoint,
    fits,
    import_checkpoint,
    list_checkpoints,
    require_fit,
    verify,
)
from kb.llm.configured import language_model
from kb.llm.hub import pull_checkpoint
from kb.llm.memory import WEIGHT_BYTES, memory_need, shape_of
from kb.llm.protocol import Message
from tests.support.hub_server import COMMIT, HubServer
from tests.support.tiny_checkpoints import KINDS, make_checkpoint

ID = "deepseek-ai/deepseek-llm-7b-chat"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return {kind: make_checkpoint(tmp_path_factory.mktemp(kind) / kind, kind) for kind in KINDS}


@pytest.fixture
def source(made, tmp_path):
    return shutil.copytree(made["llama"], tmp_path / "tiny-llama")


@pytest.mark.parametrize("kind", KINDS)
def test_a_checkpoint_is_taken_in_described_and_runs_by_its_name(made, kind, tmp_path):
    told = []

    manifest = import_checkpoint(
        made[kind], tmp_path, name="house", progress=lambda done, total: told.append((done, total))
    )

    config = json.loads((made[kind] / "config.json").read_text())
    assert manifest.architecture == config["architectures"][0]
    assert manifest.parameters == pytest.approx(shape_of(config).parameters, rel=1e-3)
    assert (manifest.precision, manifest.context_tokens) == ("F32", 1024)
    assert manifest.memory["int4"] < manifest.memory["int8"] < manifest.memory["float32"]
    assert told[-1][0] == told[-1][1] > 0
    assert list_checkpoints(tmp_path) == [manifest]
    assert find_checkpoint(tmp_path, "house") == manifest
    verify(manifest)
    model = language_model("house", store=tmp_path)
    assert sum(model.score_labels([Message("user", "yes?")], ["yes", "no"])) == pytest.approx(1)


def test_taking_in_the_same_again_is_fine_another_under_its_name_is_not(made, tmp_path):
    first = import_checkpoint(made["llama"], tmp_path, name="house")

    assert import_checkpoint(made["llama"], tmp_path, name="house") == first
    with pytest.raises(Conflict):
        import_checkpoint(made["qwen2"], tmp_path, name="house")
    assert find_checkpoint(tmp_path, "house") == first
    assert [path.name for path in tmp_path.iterdir()] == ["house"]


@pytest.mark.parametrize("name", ["pytorch_model.bin", "extra.pkl", "optimizer.pt"])
def test_pickles_are_refused_and_never_opened(source, tmp_path, name):
    (source / name).write_bytes(b"\x80\x04cos\nsystem\n.")

    with pytest.raises(CheckpointRefused, match=name):
        import_checkpoint(source, tmp_path / "store")

    assert list_checkpoints(tmp_path / "store") == []


def test_code_of_an_unknown_class_is_refused(source, tmp_path):
    config = json.loads((source / "config.json").read_text())
    config |= {"architectures": ["OwnForCausalLM"], "auto_map": {"AutoModel": "own.OwnForCausalLM"}}
    (source / "config.json").write_text(json.dumps(config))

    with pytest.raises(CheckpointRefused, match="remote code"):
        import_checkpoint(source, tmp_path / "store")


def test_code_beside_a_known_class_is_left_behind(source, tmp_path):
    config = json.loads((source / "config.json").read_text())
    config["auto_map"] = {"AutoModelForCausalLM": "modeling_own.LlamaForCausalLM"}
    (source / "config.json").write_text(json.dumps(config))
    (source / "modeling_own.py").write_text("raise SystemExit")

    manifest = import_checkpoint(source, tmp_path / "store")

    assert "auto_map" not in json.loads((manifest.folder / "config.json").read_text())
    assert not list(manifest.folder.glob("*.py"))
    assert any("modeling_own.py" in note for note in manifest.notes)
    verify(manifest)


@pytest.mark.parametrize("fault", ["truncated", "garbage", "shard missing", "no tokenizer", "none"])
def test_what_is_not_whole_is_refused(source, tmp_path, fault):
    weights = source / "model.safetensors"
    if fault == "truncated":
        weights.write_bytes(weights.read_bytes()[:-4])
    elif fault == "garbage":
        weights.write_bytes(b"\xff" * 64)
    elif fault == "shard missing":
        index = {"weight_map": {"lm_head.weight": "model-00002-of-00002.safetensors"}}
        (source / "model.safetensors.index.json").write_text(json.dumps(index))
    elif fault == "no tokenizer":
        (source / "tokenizer.json").unlink()
    else:
        weights.unlink()

    with pytest.raises(CheckpointRefused):
        import_checkpoint(source, tmp_path / "store")


def test_sums_that_come_along_are_checked(source, tmp_path):
    (source / "SHA256SUMS").write_text(f"{'0' * 64}  model.safetensors\n")

    with pytest.raises(CheckpointRefused, match="sha256"):
        import_checkpoint(source, tmp_path / "store")


@pytest.mark.parametrize("change", ["edited", "gone", "added"])
def test_a_change_in_the_store_is_found(made, tmp_path, change):
    manifest = import_checkpoint(made["llama"], tmp_path, name="house")
    file = manifest.folder / "config.json"
    if change == "edited":
        file.write_text(file.read_text() + " ")
    elif change == "gone":
        file.unlink()
    else:
        (manifest.folder / "added.json").write_text("{}")

    with pytest.raises(CheckpointRefused):
        verify(manifest)


def test_what_is_not_there_is_not_found(tmp_path):
    with pytest.raises(NotFound):
        import_checkpoint(tmp_path / "nowhere", tmp_path)
    with pytest.raises(NotFound):
        find_checkpoint(tmp_path, "../outside")


def test_what_does_not_fit_is_refused_with_the_sum_in_both_languages(made, tmp_path):
    manifest = import_checkpoint(made["llama"], tmp_path)
    need = require_fit(manifest, "float32", 1 << 40)

    assert fits(manifest, "float32", manifest.memory["float32"])
    assert not fits(manifest, "float32", manifest.memory["float32"] - 1)
    with pytest.raises(ModelDoesNotFit) as caught:
        require_fit(manifest, "float32", need.total - 1)
    for language in ("en", "zh"):
        assert need.arithmetic() in caught.value.sentence(language)


def test_the_catalogue_adds_up_to_the_sizes_in_its_names():
    sizes = {entry.id: entry.shape.parameters / 1e9 for entry in CATALOGUE}

    assert sizes["deepseek-ai/deepseek-llm-67b-chat"] == pytest.approx(67.4, abs=0.1)
    assert sizes["deepseek-ai/deepseek-coder-1.3b-base"] == pytest.approx(1.35, abs=0.01)
    assert sizes["deepseek-ai/DeepSeek-R1-Distill-Qwen-7B"] == pytest.approx(7.62, abs=0.01)
    assert sizes["deepseek-ai/DeepSeek-V2-Lite"] == pytest.approx(15.7, abs=0.1)
    assert sizes["deepseek-ai/DeepSeek-V3-0324"] == pytest.approx(671, abs=1)
    assert known("DeepSeek-AI/deepseek-v2-lite").context == 32_768
    assert known("somebody/else") is None


@given(st.sampled_from(CATALOGUE), st.integers(1, 200_000))
def test_lower_precision_never_needs_more(entry, context):
    needs = [memory_need(entry.shape, p, context=context).total for p in WEIGHT_BYTES]

    assert needs == sorted(needs, reverse=True)
    assert entry.need("int8").linear <= 0.3 * entry.need("float32").linear


def test_a_model_is_pulled_at_its_commit_safetensors_only(source, tmp_path):
    (source / "pytorch_model.bin").write_bytes(b"never fetched")
    (source / "README.md").write_text("---\nlicense: mit\n---\n")
    server = HubServer(source, ID)
    told = []
    try:
        manifest = pull_checkpoint(
            ID,
            tmp_path / "store",
            revision="v1",
            endpoint=server.url,
            progress=lambda done, total: told.append(done / total),
        )
        verify(manifest)
    finally:
        server.close()

    assert manifest.name == "deepseek-llm-7b-chat"
    assert manifest.source == f"{ID}@{COMMIT}"
    assert manifest.licence == known(ID).licence
    assert "pytorch_model.bin" not in server.fetched
    assert told == sorted(told)
    assert told[-1] == 1
    assert [path.name for path in (tmp_path / "store").iterdir()] == [manifest.name]


def test_a_file_that_arrives_changed_is_refused(source, tmp_path):
    server = HubServer(source, ID, damaged="model.safetensors")
    try:
        with pytest.raises(CheckpointRefused, match=r"model\.safetensors"):
            pull_checkpoint(ID, tmp_path / "store", endpoint=server.url)
    finally:
        server.close()

    assert list_checkpoints(tmp_path / "store") == []


def test_an_unknown_model_and_a_silent_hub_are_told_apart(source, tmp_path):
    server = HubServer(source, ID)
    try:
        with pytest.raises(ModelNotInstalled):
            pull_checkpoint(ID, tmp_path, revision="v99", endpoint=server.url)
        (source / "model.safetensors").unlink()
        with pytest.raises(CheckpointRefused):
            pull_checkpoint(ID, tmp_path, endpoint=server.url)
    finally:
        server.close()
    with pytest.raises(ModelUnavailable):
        pull_checkpoint(ID, tmp_path, endpoint="http://127.0.0.1:9")
