"""Every failure someone can act on.

KbError
├── RejectedAtDoor      the file was not taken in: the person picks another file or fixes it
│   ├── EmptyFile · FileTooLarge · UnsupportedFormat · UnsafeArchive
├── CannotRead          taken in, but it cannot be read; the original stays available
│   ├── PasswordProtected · DamagedFile · UnsafeContent · NoTextFound · LimitExceeded
│   ├── MissingTool · ReadingCancelled
│   └── ReaderCrashed · ReaderTimedOut · ReaderOutOfMemory
├── ModelFailure        a model could not answer; the document stays searchable
│   ├── ModelUnavailable · ModelNotInstalled · ModelOutputInvalid · ModelDoesNotFit
│   ├── CheckpointRefused · ModelFilesChanged · TrainingDied
│   └── TrainingCancelled
├── IndexFailure        derived files are gone or wrong; they are rebuilt from SQL
│   ├── IndexCorrupt · GateRefused
├── PromotionRefused    a trained model is worse than the one in service, which stays
├── StorageFailure      DiskFull · BlobMissing · LeaseLost · ServiceUnavailable
├── NotAllowed          SignInRequired · BadCredentials · Forbidden · TooManyRequests
│   ├── CrossSite · UnknownHost · PasswordNeeded
└── WrongRequest        NotFound · Conflict · ChangedMeanwhile · InvalidInput · WeakPassword

A class carries its stable ``code``, whether trying again can help, and one sentence in each
interface language that names the thing, the reason and the remedy. ``facts`` fill the sentence
and are what is stored, so a failure can be told in any language later. A fact whose wording
differs is given twice: ``detail`` and ``detail_zh``.
"""

from __future__ import annotations

from typing import ClassVar

Facts = dict[str, str | int | float]


class _FactsOrBlank(dict[str, str | int | float]):
    """Lets a sentence be told even when an older row lacks a fact."""

    def __missing__(self, key: str) -> str:
        return "?"


class KbError(Exception):
    """A failure with a stable code and a sentence for a person."""

    code: ClassVar[str] = "internal"
    retryable: ClassVar[bool] = False
    en: ClassVar[str] = "Something went wrong inside the product: {detail}. Please report it."
    zh: ClassVar[str] = "产品内部出错：{detail}。请反馈给我们。"

    def __init__(self, **facts: str | int | float) -> None:
        self.facts: Facts = facts
        super().__init__(self.sentence("en"))

    def sentence(self, language: str = "en") -> str:
        """Return the sentence in ``language`` ("zh…" gives Chinese, all else English)."""
        if not language.lower().startswith("zh"):
            return self.en.format_map(_FactsOrBlank(self.facts))
        chinese = {key[:-3]: self.facts[key] for key in self.facts if key.endswith("_zh")}
        return self.zh.format_map(_FactsOrBlank(self.facts | chinese))


class RejectedAtDoor(KbError):
    """The file was not taken in."""

    code = "rejected"
    en = "“{name}” was not taken in: {detail}."
    zh = "未接收“{name}”：{detail}。"


class EmptyFile(RejectedAtDoor):
    """Zero bytes."""

    code = "empty_file"
    en = "“{name}” is empty (0 bytes). Check the file where it came from and upload it again."
    zh = "“{name}”是空文件（0 字节）。请检查来源文件后重新上传。"


class FileTooLarge(RejectedAtDoor):
    """Above the upload limit."""

    code = "file_too_large"
    en = "“{name}” is larger than the {limit_mb} MB limit. Split it, or ask the operator to raise KB_MAX_UPLOAD_MB."
    zh = "“{name}”超过 {limit_mb} MB 上限。请拆分文件，或请管理员调高 KB_MAX_UPLOAD_MB。"


class UnsupportedFormat(RejectedAtDoor):
    """Content that no reader knows."""

    code = "unsupported_format"
    en = "“{name}” is not a kind of file that can be read ({detected}). Save it as PDF or DOCX and upload that."
    zh = "无法读取“{name}”这种文件（{detected}）。请另存为 PDF 或 DOCX 后上传。"


class UnsafeArchive(RejectedAtDoor):
    """An archive that breaks a safety limit."""

    code = "unsafe_archive"
    en = "“{name}” was refused because it could harm the machine ({detail}). Unpack it yourself and upload the files."
    zh = "“{name}”可能危害系统（{detail}），已拒绝。请自行解压后上传其中的文件。"


class CannotRead(KbError):
    """The file was taken in, but it cannot be read."""

    code = "cannot_read"
    en = "“{name}” could not be read: {detail}. The original is kept and can be downloaded."
    zh = "无法读取“{name}”：{detail}。原件已保存，可以下载。"


class PasswordProtected(CannotRead):
    """Needs a password that we do not have."""

    code = "password_protected"
    en = "“{name}” is protected by a password. Remove the password and upload it again."
    zh = "“{name}”有密码保护。请去掉密码后重新上传。"


class DamagedFile(CannotRead):
    """Broken beyond repair."""

    code = "damaged_file"
    en = "“{name}” is damaged ({detail}). Open it in the program that made it, save it again and upload that."
    zh = "“{name}”已损坏（{detail}）。请用原程序打开并重新保存后上传。"


class UnsafeContent(CannotRead):
    """Declares something that an honest file never needs and that can harm the machine."""

    code = "unsafe_content"
    en = "“{name}” was not read because it could harm the machine ({detail}). Save it anew as PDF in its own program and upload that."
    zh = "“{name}”可能危害系统（{detail}），没有读取。请用原程序另存为 PDF 后上传。"


class NoTextFound(CannotRead):
    """Readable, but it has neither text nor anything OCR could recognise."""

    code = "no_text_found"
    en = "No text was found in “{name}”. If it is a scan, upload a sharper one (300 dpi)."
    zh = "“{name}”中没有找到文字。如果是扫描件，请上传更清晰的版本（300 dpi）。"


class LimitExceeded(CannotRead):
    """More pages, cells, pixels or nesting than is safe to read."""

    code = "limit_exceeded"
    en = "“{name}” goes beyond what is safe to read ({detail}). Split it into smaller files."
    zh = "“{name}”超出安全读取的范围（{detail}）。请拆分成较小的文件。"


class MissingTool(CannotRead):
    """A program that this format needs is not installed."""

    code = "missing_tool"
    en = "Reading “{name}” needs {tool}, which is not installed here. Install it and retry, or save the file as {instead}."
    zh = "读取“{name}”需要 {tool}，本机没有安装。请安装后重试，或另存为 {instead}。"


class ReadingCancelled(CannotRead):
    """Somebody asked for the reading to stop."""

    code = "reading_cancelled"
    en = "Reading “{name}” was cancelled. Retry to read it."
    zh = "已取消读取“{name}”。如需读取请重试。"


class ReaderCrashed(CannotRead):
    """The disposable reading process died."""

    code = "reader_crashed"
    en = "The reader crashed on “{name}” ({detail}). Other documents are not affected; save the file again in its own program and upload that, or retry."
    zh = "读取“{name}”时解析进程崩溃（{detail}）。其他文档不受影响；请用原程序重新保存后上传，或重试。"


class ReaderTimedOut(CannotRead):
    """The reading process did not come to an end in time."""

    code = "reader_timed_out"
    en = "Reading “{name}” took longer than {seconds} s and was stopped. Split the file, or ask the operator to raise the limit."
    zh = "读取“{name}”超过 {seconds} 秒，已停止。请拆分文件，或请管理员调高上限。"


class ReaderOutOfMemory(CannotRead):
    """The reading process wanted more memory than it may have."""

    code = "reader_out_of_memory"
    en = (
        "Reading “{name}” needed more than {limit_mb} MB of memory and was stopped. Split the file."
    )
    zh = "读取“{name}”需要超过 {limit_mb} MB 内存，已停止。请拆分文件。"


class ModelFailure(KbError):
    """A model could not answer."""

    code = "model_failure"
    en = "The model {model} failed: {detail}. The document stays searchable; retry later."
    zh = "模型 {model} 出错：{detail}。文档仍可搜索，请稍后重试。"


class ModelUnavailable(ModelFailure):
    """The endpoint does not answer or the process ran out of memory."""

    code = "model_unavailable"
    retryable = True
    en = "The model {model} does not answer ({detail}). It will be tried again by itself."
    zh = "模型 {model} 没有响应（{detail}），系统会自动重试。"


class ModelNotInstalled(ModelFailure):
    """The configured model or its runtime is not on this machine."""

    code = "model_not_installed"
    en = "The model {model} cannot run here: {detail}. Run “make model”, or change KB_LLM."
    zh = "模型 {model} 无法在本机运行：{detail}。请执行“make model”，或修改 KB_LLM。"


class ModelOutputInvalid(ModelFailure):
    """The model answered with something that is not an answer."""

    code = "model_output_invalid"
    en = "The model {model} gave an answer that cannot be used ({detail}). Retry, or choose another model."
    zh = "模型 {model} 的回答无法使用（{detail}）。请重试或更换模型。"


class ModelDoesNotFit(ModelFailure):
    """The weights need more memory than this machine has free."""

    code = "model_does_not_fit"
    en = "The model {model} does not fit: {arithmetic}; {available} GB are free. Choose a lower precision, a smaller model or a server."
    zh = "模型 {model} 放不下：{arithmetic}；可用内存 {available} GB。请选择更低的精度、更小的模型或模型服务器。"


class CheckpointRefused(ModelFailure):
    """A folder with weights that may not be taken in: unsafe, incomplete or changed."""

    code = "checkpoint_refused"
    en = "The checkpoint {model} was refused: {detail}. Use a checkpoint with safetensors weights of a class that ships with the product."
    zh = "模型检查点 {model} 被拒绝：{detail}。请使用产品支持的类别、权重为 safetensors 格式的检查点。"


class ModelFilesChanged(ModelFailure):
    """A file of the registry is not the one that was registered."""

    code = "model_files_changed"
    en = "The model {model} was not loaded: {detail}. Restore its folder from a backup, or roll back to the version before."
    zh = "模型 {model} 未加载：{detail}。请从备份恢复其文件夹，或回退到上一版本。"


class TrainingDied(ModelFailure):
    """The training process ended without a result; nothing else was affected."""

    code = "training_died"
    retryable = True
    en = "Training {training} ended without a result ({detail}). It goes on from its last checkpoint when retried; if memory ran out, choose a smaller batch or shorter texts."
    zh = "训练任务 {training} 异常结束（{detail}）。重试时会从最近的检查点继续；如内存不足，请减小批次或缩短文本。"


class TrainingCancelled(ModelFailure):
    """Somebody asked for the training to stop."""

    code = "training_cancelled"
    en = "Training {training} was cancelled. The model in service stays."
    zh = "训练任务 {training} 已取消，现有模型继续服务。"


class PromotionRefused(KbError):
    """Worse than the model in service, overall or on a class, by more than the margin."""

    code = "promotion_refused"
    en = "{model} was not put into service: {detail}. The model in service stays."
    zh = "{model} 未上线：{detail}。现有模型继续服务。"


class IndexFailure(KbError):
    """Derived index files are wrong or missing."""

    code = "index_failure"
    retryable = True
    en = "The search index could not be used ({detail}). It is being rebuilt from the database."
    zh = "搜索索引不可用（{detail}），正在从数据库重建。"


class IndexCorrupt(IndexFailure):
    """A file's hash does not match the manifest, or the file is gone."""

    code = "index_corrupt"
    en = "The index file {name} is damaged ({detail}). It is rebuilt from the database."
    zh = "索引文件 {name} 已损坏（{detail}），将从数据库重建。"


class GateRefused(IndexFailure):
    """A new generation did not pass its checks; the one in service stays."""

    code = "gate_refused"
    retryable = False
    en = "Generation {generation} was not put into service: {detail}. The one in service stays."
    zh = "第 {generation} 代索引未上线：{detail}。现有索引继续服务。"


class StorageFailure(KbError):
    """The system of record could not do its work."""

    code = "storage_failure"
    retryable = True
    en = "The database or the file store failed ({detail})."
    zh = "数据库或文件存储出错（{detail}）。"


class DiskFull(StorageFailure):
    """No space left."""

    code = "disk_full"
    en = "There is no space left on the disk ({detail}). Nothing was stored; free some space and try again."
    zh = "磁盘空间不足（{detail}）。内容没有保存，请清理空间后重试。"


class BlobMissing(StorageFailure):
    """The stored original is gone or its bytes changed."""

    code = "blob_missing"
    retryable = False
    en = "The stored original of “{name}” is missing or damaged. Restore it from a backup or upload it again."
    zh = "“{name}”的原件缺失或损坏。请从备份恢复或重新上传。"


class LeaseLost(StorageFailure):
    """Another process took the work over; what this one wrote is discarded."""

    code = "lease_lost"
    en = "The work on {subject} was taken over by another process."
    zh = "{subject} 的处理已由另一个进程接管。"


class ServiceUnavailable(StorageFailure):
    """A service that we depend on does not answer."""

    code = "service_unavailable"
    en = "{service} cannot be reached ({detail}). Check that it is running."
    zh = "无法连接 {service}（{detail}）。请检查它是否在运行。"


class Cancelled(KbError):
    """Somebody asked for the work to stop."""

    code = "cancelled"
    retryable = True
    en = (
        "The work on “{name}” was cancelled. What was read before stays; retry to go on from there."
    )
    zh = "“{name}”的处理已取消，此前读取的内容仍然保留。如需继续，请重试。"


class WorkerDied(KbError):
    """The work killed its process as often as we are willing to try."""

    code = "worker_died"
    retryable = True
    en = "The work stopped without an answer {attempts} times, so it was set aside. Retry it, or upload the file saved anew."
    zh = "处理连续 {attempts} 次异常中断，已搁置。请重试，或重新保存文件后上传。"


class NotAllowed(KbError):
    """The caller may not do this."""

    code = "not_allowed"
    en = "You may not do this."
    zh = "你没有权限执行此操作。"


class SignInRequired(NotAllowed):
    """No valid session or token."""

    code = "sign_in_required"
    en = "Please sign in."
    zh = "请先登录。"


class BadCredentials(NotAllowed):
    """Name, password, link or token is wrong or has expired."""

    code = "bad_credentials"
    en = "The name, password or link is wrong or has expired."
    zh = "用户名、密码或链接有误，或已过期。"


class Forbidden(NotAllowed):
    """Signed in, but without the right."""

    code = "forbidden"


class TooManyRequests(NotAllowed):
    """Too many tries in a short time."""

    code = "too_many_requests"
    retryable = True
    en = "Too many requests. Try again in {seconds} s."
    zh = "请求过于频繁，请 {seconds} 秒后再试。"


class CrossSite(NotAllowed):
    """A change asked for without proof that our own page asks."""

    code = "cross_site"
    en = "This request did not come from our own page ({detail}). Reload the page and try again."
    zh = "该请求不是来自本系统页面（{detail}）。请刷新页面后重试。"


class UnknownHost(NotAllowed):
    """Addressed by a name that this server does not go by."""

    code = "unknown_host"
    en = (
        "This server does not answer to the name “{host}”. Add it to KB_ALLOWED_HOSTS if it should."
    )
    zh = "本服务器不以“{host}”这个名称提供服务。如需使用，请加入 KB_ALLOWED_HOSTS。"


class PasswordNeeded(NotAllowed):
    """Others could reach the server, and no administrator has a password."""

    code = "password_needed"
    en = "Listening on {host} lets other machines in, and no administrator has a password yet. Start on 127.0.0.1, set a password, then start again; or set KB_ALLOW_PLAIN_HTTP=true where something else guards the address."
    zh = "监听 {host} 会让其他机器访问，但管理员尚未设置密码。请先在 127.0.0.1 启动并设置密码；如该地址另有防护，可设置 KB_ALLOW_PLAIN_HTTP=true。"


class WrongRequest(KbError):
    """The request itself cannot be met."""

    code = "wrong_request"
    en = "The request cannot be met: {detail}."
    zh = "无法处理请求：{detail}。"


class NotFound(WrongRequest):
    """There is no such thing, or the caller may not know of it."""

    code = "not_found"
    en = "There is no {kind} {id}."
    zh = "找不到{kind} {id}。"

    def __init__(self, **facts: str | int | float) -> None:
        kind = str(facts.get("kind", ""))
        super().__init__(**{"kind_zh": _KINDS_ZH.get(kind, kind)} | facts)


_KINDS_ZH = {
    "address": "地址",
    "collection": "资料库",
    "document": "文档",
    "file": "文件",
    "generation": "索引",
    "job": "任务",
    "example": "样本",
    "label": "类别",
    "model": "模型",
    "training": "训练任务",
    "redo": "重新分类任务",
    "page": "页",
    "passage": "段落",
    "schedule": "计划",
    "golden_query": "标准查询",
    "taxonomy": "分类体系",
    "user": "用户",
}


class Conflict(WrongRequest):
    """The thing changed in the meantime or exists already."""

    code = "conflict"
    en = "This conflicts with what is there: {detail}."
    zh = "与现有内容冲突：{detail}。"


class ChangedMeanwhile(WrongRequest):
    """Somebody else changed it after the caller had read it."""

    code = "changed_meanwhile"
    en = "{kind} {id} was changed in the meantime. Load it again and repeat your change."
    zh = "{kind} {id} 在此期间已被修改。请重新加载后再修改。"


class InvalidInput(WrongRequest):
    """A value is not what it should be."""

    code = "invalid_input"
    en = "{field}: {detail}."
    zh = "{field}：{detail}。"


class WeakPassword(InvalidInput):
    """Too short, too long, too common or the account's own name."""

    code = "weak_password"
    en = "This password cannot be used: {detail}. Choose a longer, less common one."
    zh = "不能使用该密码：{detail}。请换一个更长、更少见的密码。"


def error_of(code: str, facts: Facts) -> KbError:
    """Rebuild a stored failure from its code and facts; an unknown code gives a KbError."""

    def kinds(parent: type[KbError]) -> list[type[KbError]]:
        return [parent] + [kind for child in parent.__subclasses__() for kind in kinds(child)]

    by_code = {kind.code: kind for kind in kinds(KbError)}
    return by_code.get(code, KbError)(**facts)
