# ruff: noqa: E501 (these are lines of Markdown)
"""What is said at the head of a chapter where a sentence is not enough."""

MAKING = """
Only `job_type` is needed. Further members: `input_data`, `priority` (`low`, `normal`, `high`, `urgent`), `description`, `tags`, `release`, `run_after`, `timeout_seconds`, `is_async`, `draft` (keep it; `submit/` sends it on its way). `{id}` is the number or the `job_id`, everywhere.
"""

FINDING = """
| parameter | takes |
| --- | --- |
| `status`, `priority`, `job_type`, `category`, `queue`, `failure_class` | one value, or several with commas |
| `tags` | jobs that have all of them |
| `created_by`, `release`, `is_async` | a number, a number, `true` or `false` |
| `progress_percentage`, `…__gte`, `…__lte`; `cost__gte`, `cost__lte` | numbers |
| `created_at__gte`, `created_at__lte`, `completed_at__gte`, `completed_at__lte` | a moment, or a whole day as the brand's time zone cuts it |
| `search` | a word in the job id, the description, the type or the model |
| `ordering` | `-created_at`, or others, comma-separated: `priority,-duration` |
| `page`, `page_size`, or `cursor`, or `skip`, `take`, `sortBy`, `sortOrder` | |
"""

ONE = """
`available_actions` says what this caller may do now, so that no program needs to know the state machine. `openai_job`, `usage`, `training` are there when they exist. A waiting job has `waiting` with its position, its estimated start and why it waits.
"""

ACTIONS = """
| action | from | gives |
| --- | --- | --- |
| `submit` | draft | pending |
| `cancel` | draft, pending, running, paused | cancelled; work that runs is stopped within seconds |
| `pause`, `resume` | running (types with `can_pause`), paused | paused at a checkpoint, pending again |
| `retry` | failed, cancelled, timeout | a new job that points to this one |
| `restart` | any but draft | an identical new job |
| `promote` | pending | the front of its queue; managers |
| `delete` | all but running | gone after 30 seconds; `restore` until then |

Owners act on their own jobs, managers on all of the brand.
"""
