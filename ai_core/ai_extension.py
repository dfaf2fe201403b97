"""What the core itself offers: queues, and job types that need no key."""

from ai_core import retention
from ai_core.duties import Duty, register
from ai_core.execution import registry
from ai_core.execution.registry import QueueSpec
from ai_core.executors import content_analysis, http_check, text_summary, trials
from brands.audit import keeping
from brands.sign_in import guesses

registry.register_queue(QueueSpec(name="default", description="Everything short."))
registry.register_queue(
    QueueSpec(name="training", description="Long trainings.", concurrency_limit=3)
)
registry.register(trials.Sleep(), trials.SLEEP)
registry.register(trials.Failing(), trials.FAILING)
registry.register(content_analysis.ContentAnalysis(), content_analysis.CONTENT_ANALYSIS)
registry.register(text_summary.TextSummary(), text_summary.TEXT_SUMMARY)
registry.register(http_check.HttpCheck(), http_check.HTTP_CHECK)
# Never "go on at once": what is old can wait, and whoever works now comes first.
register(Duty(name="retention", act=retention.duty))
register(Duty(name="audit-trail", act=keeping.duty))
register(Duty(name="guesses", act=guesses.sweep))
