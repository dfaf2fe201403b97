"""The training itself, with torch, transformers and peft: imported where they are installed."""

from __future__ import annotations

import math
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from transformers import AutoModelForCausalLM, AutoTokenizer

from ai_core.execution.protocol import Context, Failure
from ai_core.statuses import FailureClass
from ai_training.builtin.gpu import figures_of_gpu
from ai_training.builtin.recipe import Recipe, unusable

IGNORED = -100  # a label that does not count for the loss
SHARES = 10  # evaluations and checkpoints in a run, where nothing else is said

Row = tuple[list[int], list[int]]  # tokens, labels


@dataclass(frozen=True, kw_only=True)
class Given:
    """All that the work needs to know; nothing here comes from a database."""

    base_model: str
    recipe: Recipe
    texts: list[tuple[str, str]]
    resume_file: Path | None = None


class LoraWork:
    """One attempt: load, train, evaluate, save; stops at a step's end when it is asked to."""

    def __init__(self, ctx: Context, given: Given) -> None:
        self.ctx, self.given, self.recipe = ctx, given, given.recipe
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        # One core is the hub's: with all of them, threads wait for one another on a busy machine.
        torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))
        self.best: float | None = None

    def go(self) -> dict[str, Any]:
        torch.manual_seed(self.recipe.seed)
        self.ctx.stage("preprocessing", "tokenising")
        self.tokenizer = self._loaded(AutoTokenizer)
        self.learned, self.tested = self._split()
        self.steps = self.recipe.steps_of(len(self.learned))
        facts = {"total_steps": self.steps, "total_epochs": self.recipe.epochs}
        self.ctx.event("info", f"{len(self.learned)} rows, {len(self.tested)} to test on", facts)
        self.ctx.check()
        self.ctx.stage("model_loading", self.given.base_model)
        self._load()
        self.ctx.check()
        self.ctx.stage("training")
        last = self._train(self._resume())
        self.ctx.stage("finalisation", "saving the adapter")
        return self._finish(last)

    # ------------------------------------------------------------------ preparing
    def _loaded(self, kind: Any, **how: Any) -> Any:
        try:
            return kind.from_pretrained(self.given.base_model, **how)
        except (OSError, ValueError) as error:
            raise Failure(
                f"{self.given.base_model} cannot be loaded: {error}",
                code="BASE_MODEL_UNUSABLE",
                failure_class=FailureClass.INPUT,
            ) from error

    def _split(self) -> tuple[list[Row], list[Row]]:
        rows = [row for text in self.given.texts if (row := self._row(*text))[0]]
        random.Random(self.recipe.seed).shuffle(rows)  # noqa: S311  (the same split every time)
        tested = int(len(rows) * self.recipe.validation_split)
        return rows[tested:], rows[:tested]

    def _row(self, given: str, wanted: str) -> Row:
        """Tokens of both; the loss counts only what is wanted."""
        end = self.tokenizer.eos_token or ""
        before = self.tokenizer(given)["input_ids"] if given else []
        after = self.tokenizer(wanted + end, add_special_tokens=not given)["input_ids"]
        tokens = (before + after)[: self.recipe.max_length]
        return tokens, ([IGNORED] * len(before) + after)[: self.recipe.max_length]

    def _load(self) -> None:
        dtype = torch.bfloat16 if self.device == "cuda" else torch.float32
        model = self._loaded(AutoModelForCausalLM, dtype=dtype)
        names = {name.rpartition(".")[2] for name, _module in model.named_modules()}
        wanted = [name for name in self.recipe.target_modules if name in names]
        if self.recipe.target_modules and not wanted:
            known = ", ".join(sorted(name for name in names if "proj" in name or "attn" in name))
            raise unusable(f"The model has none of the target_modules. It has: {known}.")
        config = LoraConfig(
            r=self.recipe.lora_r,
            lora_alpha=self.recipe.lora_alpha,
            lora_dropout=self.recipe.lora_dropout,
            target_modules=wanted or "all-linear",
            task_type="CAUSAL_LM",
        )
        self.model = get_peft_model(model, config).to(self.device)
        trained = [weight for weight in self.model.parameters() if weight.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, weight_decay=self.recipe.weight_decay)
        count = sum(weight.numel() for weight in trained)
        whole = sum(weight.numel() for weight in self.model.parameters())
        self.ctx.log(f"{count:,} of {whole:,} weights are trained, on {self.device}")

    def _resume(self) -> int:
        """Take up weights and optimiser where an earlier attempt left them."""
        if self.given.resume_file is None:
            return 0
        saved = torch.load(self.given.resume_file, map_location=self.device, weights_only=True)
        set_peft_model_state_dict(self.model, saved["adapter"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.best = saved["best"]
        self.ctx.log(f"going on after step {saved['step']}")
        return int(saved["step"])

    # ------------------------------------------------------------------ training
    def _train(self, done: int) -> dict[str, float]:
        last: dict[str, float] = {}
        evaluate = self.recipe.eval_steps or max(1, self.steps // SHARES)
        save = self.recipe.save_steps or max(1, self.steps // SHARES)
        for step in range(done + 1, self.steps + 1):
            figures = self._step(step)
            if self.tested and (step % evaluate == 0 or step == self.steps):
                figures |= self._evaluate()
            last |= figures
            self.ctx.metric(step, **figures)
            self.ctx.progress(100 * step / self.steps, f"step {step} of {self.steps}")
            if step % save == 0 or self.ctx.stop_reason in ("pause", "shutdown"):
                self._save(step, figures)
            self.ctx.check()
        return last

    def _step(self, step: int) -> dict[str, float]:
        begun, tokens, loss = time.monotonic(), 0, 0.0
        rate = self.recipe.rate_at(step, self.steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.model.train()
        # A step draws by its own number, so that one that goes on sees what it would have seen.
        torch.manual_seed(self.recipe.seed * 1_000_003 + step)
        batches = list(self._batches(step))
        for rows in batches:
            batch = self._padded(rows)
            found = self.model(**batch).loss / len(batches)
            found.backward()
            loss += found.item()
            tokens += int(batch["attention_mask"].sum())
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.max_grad_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return {
            "training_loss": loss,
            "learning_rate": rate,
            "grad_norm": float(norm),
            "epoch": round(step / self.steps * self.recipe.epochs, 4),
            "tokens_per_second": round(tokens / max(1e-6, time.monotonic() - begun), 1),
            **figures_of_gpu(),
        }

    def _batches(self, step: int) -> Iterator[list[Row]]:
        """The rows of one step: every epoch is a shuffle of its own."""
        size, count = self.recipe.batch_size, self.recipe.gradient_accumulation_steps
        in_an_epoch = math.ceil(len(self.learned) / (size * count))
        epoch, place = divmod(step - 1, in_an_epoch)
        order = list(range(len(self.learned)))
        random.Random(self.recipe.seed + epoch).shuffle(order)  # noqa: S311
        numbers = order[place * size * count : (place + 1) * size * count]
        for start in range(0, len(numbers), size):
            yield [self.learned[number] for number in numbers[start : start + size]]

    def _padded(self, rows: list[Row]) -> dict[str, Any]:
        width = max(len(tokens) for tokens, _labels in rows)
        padding = self.tokenizer.pad_token_id or 0

        def block(lists: list[list[int]], filler: int) -> Any:
            filled = [one + [filler] * (width - len(one)) for one in lists]
            return torch.tensor(filled, device=self.device)

        return {
            "input_ids": block([tokens for tokens, _labels in rows], padding),
            "attention_mask": block([[1] * len(tokens) for tokens, _labels in rows], 0),
            "labels": block([labels for _tokens, labels in rows], IGNORED),
        }

    @torch.no_grad()
    def _evaluate(self) -> dict[str, float]:
        self.model.eval()
        total, size = 0.0, self.recipe.batch_size
        for start in range(0, len(self.tested), size):
            rows = self.tested[start : start + size]
            total += self.model(**self._padded(rows)).loss.item() * len(rows)
            self.ctx.check()
        loss = total / len(self.tested)
        self.ctx.log(f"validation loss {loss:.4f}")
        return {"validation_loss": loss, "perplexity": math.exp(min(loss, 50.0))}

    # ------------------------------------------------------------------ keeping
    def _save(self, step: int, figures: dict[str, float]) -> None:
        tested = figures.get("validation_loss")
        is_best = tested is not None and (self.best is None or tested < self.best)
        self.best = tested if is_best else self.best
        path = self.ctx.folder / f"checkpoint-{step}.pt"
        torch.save(
            {
                "step": step,
                "best": self.best,
                "adapter": get_peft_model_state_dict(self.model),
                "optimizer": self.optimizer.state_dict(),
            },
            path,
        )
        # One name: the newest replaces the one before.
        self.ctx.artifact("checkpoint.pt", path, kind="checkpoint", partial=True)
        facts = {"step": step, "epoch": figures["epoch"], "path": "checkpoint.pt"}
        self.ctx.checkpoint(facts)
        payload = {**facts, "size": path.stat().st_size, "is_best": is_best}
        self.ctx.event("checkpoint", f"checkpoint at step {step}", payload)

    def _finish(self, last: dict[str, float]) -> dict[str, Any]:
        folder = self.ctx.folder / "adapter"
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                name = f"adapter/{file.relative_to(folder).as_posix()}"
                self.ctx.artifact(name, file, kind="adapter")
        return {"steps": self.steps, "metrics": last, "device": self.device}
