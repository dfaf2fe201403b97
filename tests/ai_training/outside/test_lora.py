"""LoRA for real, through the hub: a tiny model with random weights learns on the processor.

Collected only where the extra `training` is installed (tests/extras.py): the hub's own worker is
started from the same environment.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from tests.ai_training.outside.conftest import wait_for

SECONDS = 120
QUICK = {"lora_r": 4, "epochs": 4, "batch_size": 4, "learning_rate": 0.01, "save_steps": 5}
LONG = {**QUICK, "epochs": 4_000, "save_steps": 50}
ROWS = [{"prompt": f"What does owl {n} say?", "completion": " Hoo hoo."} for n in range(40)]


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    """Two layers and a tokenizer of bytes: 0.2 MB, nothing is fetched."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(1)
    words = ["<pad>", "<s>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet())]
    bytes_ = Tokenizer(models.BPE({word: n for n, word in enumerate(words)}, []))
    bytes_.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bytes_.decoder = decoders.ByteLevel()
    config = LlamaConfig(
        vocab_size=len(words), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=256,
    )  # fmt: skip
    folder = str(tmp_path_factory.mktemp("model"))
    PreTrainedTokenizerFast(
        tokenizer_object=bytes_, pad_token="<pad>", bos_token="<s>", eos_token="</s>"
    ).save_pretrained(folder)
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def dataset(hub) -> int:
    text = "\n".join(json.dumps(row) for row in ROWS)
    request = urllib.request.Request(
        f"{hub.url}/ai/training/datasets/upload/?name=owls&format=jsonl", data=text.encode(),
        headers={"Authorization": f"Bearer {hub.key}", "Content-Type": "application/octet-stream"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())["id"]


@pytest.fixture
def start(hub, model, dataset):
    def make(**hyperparameters) -> str:
        given = {
            "name": "tiny owl", "base_model": model, "dataset": dataset, "hourly_rate": "3.60",
            "hyperparameters": hyperparameters,
        }  # fmt: skip
        body = {"job_type": "lora_training", "input_data": given}
        return hub.call("POST", "/ai/jobs/", body)["job_id"]

    return make


def ended(hub, reference, status):
    def look():
        job = hub.job(reference)
        assert job["status"] in {status, "pending", "running"}, job["error_message"]
        return job if job["status"] == status else None

    return wait_for(look, SECONDS)


def files_of(hub, reference):
    found = hub.call("GET", f"/ai/jobs/{reference}/artifacts/")
    return {one["name"] for one in (found["results"] if isinstance(found, dict) else found)}


def test_it_learns_evaluates_and_keeps_its_adapter(hub, start):
    reference = start(**QUICK)
    job = ended(hub, reference, "completed")
    steps = job["result_data"]["steps"]
    curve = hub.curve(reference)
    assert [step for step, _loss in curve] == list(range(1, steps + 1))
    assert curve[-1][1] < curve[0][1]
    assert hub.curve(reference, "validation_loss")
    assert {"adapter/adapter_model.safetensors", "adapter/adapter_config.json"} <= files_of(
        hub, reference
    )
    run = hub.run(reference)
    assert (run["training"]["step"], run["training"]["total_steps"]) == (steps, steps)
    assert run["checkpoints"] == steps // 5
    assert run["cost"]["spent"] == job["cost"] == job["usage"]["total_cost"]
    assert float(job["cost"]) > 0


def test_paused_it_keeps_a_checkpoint_and_goes_on_from_there_as_if_nothing_had_been(hub, start):
    """Two runs of the same seed, one of them paused, take the same course."""
    wanted = {**QUICK, "epochs": 30}
    plain, paused = start(**wanted), start(**wanted)
    wait_for(lambda: len(hub.curve(paused)) > 3, SECONDS)
    hub.call("POST", f"/ai/jobs/{paused}/pause/")
    ended(hub, paused, "paused")
    last = hub.curve(paused)[-1][0]
    wait_for(lambda: [one["step"] for one in hub.run(paused, "checkpoints/")][-1:] == [last])
    hub.call("POST", f"/ai/training/runs/{paused}/resume/", {})
    ended(hub, paused, "completed")
    ended(hub, plain, "completed")
    assert "going on after step" in " ".join(hub.lines(paused))
    assert hub.job(paused)["attempt"] == 2
    for (step, loss), (same, other) in zip(hub.curve(paused), hub.curve(plain), strict=True):
        assert (step, loss) == (same, pytest.approx(other, rel=1e-3))


def test_cancelled_it_stops_and_its_last_checkpoint_can_be_had(hub, start):
    reference = start(**LONG)
    wait_for(lambda: len(hub.curve(reference)) > 60, SECONDS)
    hub.call("POST", f"/ai/jobs/{reference}/cancel/", {"reason": "testing"})
    ended(hub, reference, "cancelled")
    assert "checkpoint.pt" in files_of(hub, reference)
    wait_for(lambda: hub.call("GET", "/ai/queues/training/")["slots_used"] == 0)


def test_what_the_model_cannot_do_is_said_in_a_sentence(hub, start):
    reference = start(**{**QUICK, "target_modules": ["owl_proj"]})
    job = wait_for(lambda: found if (found := hub.job(reference))["status"] == "failed" else None)
    assert "q_proj" in job["error_message"]
    with pytest.raises(urllib.error.HTTPError):
        hub.call("POST", "/ai/jobs/", {"job_type": "lora_training", "input_data": {"dataset": 1}})
