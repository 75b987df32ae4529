#include "flowdb/sarif/sarif_reader.h"

#include <memory>
#include <optional>
#include <utility>

#include "flowdb/sarif/json_reader.h"
#include "flowdb/sarif/read_parts.h"
#include "flowdb/sarif/sarif_file.h"
#include "flowdb/str_cat.h"

#define XXH_INLINE_ALL
#include "xxhash.h"

namespace flowmon {
namespace {

// Each costs reading the file up to its line.
constexpr size_t kMaxWarnings = 20;

class LogReader {
 public:
  LogReader(const SarifFile& file, SarifVisitor& visitor) : file_(file), visitor_(visitor) {}

  absl::StatusOr<SarifFileFacts> Read(JsonReader& json) {
    bool has_runs = false;
    std::string version;
    json.ForEachMember([&](std::string_view key) {
      if (key == "version") {
        json.TakeString(version);
      } else if (key == "runs") {
        has_runs = json.PeekValue() == '[';
        json.ForEachElement([&](uint64_t index) {
          if (index <= 0xFFFFFFFF) ReadRun(json, static_cast<uint32_t>(index));
        });
      }
      KeepTypeProblem(json);
    });
    json.TakeEnd();
    if (!json.ok()) return file_.Error(json.error());
    if (!has_runs) {
      return file_.Error({.offset = 0, .message = "no SARIF log: it has no array \"runs\""});
    }
    if (version != "2.1.0") {
      Warn({.offset = 0, .message = StrCat("version \"", version, "\" is read as SARIF 2.1.0")});
    }
    return std::move(facts_);
  }

 private:
  void ReadRun(JsonReader& json, uint32_t index) {
    SarifRun run;
    run.index = index;
    std::optional<uint64_t> results;  // where they begin
    json.ForEachMember([&](std::string_view key) {
      if (key == "tool") {
        ReadTool(json, run);
      } else if (key == "artifacts") {
        ReadArtifacts(json, run);
      } else if (key == "originalUriBaseIds") {
        ReadUriBases(json, run);
      } else if (key == "threadFlowLocations") {
        ReadCachedSteps(json, run);
      } else if (key == "columnKind") {
        std::string kind;
        if (json.TakeString(kind)) run.columns_are_utf16 = kind != "unicodeCodePoints";
      } else if (key == "externalPropertyFileReferences") {
        run.has_external_files = json.PeekValue() == '{';
      } else if (key == "results") {
        if (json.PeekValue() == '[') results = json.offset();
      }
      KeepTypeProblem(json);
    });
    if (!json.ok()) return;
    if (run.has_external_files) {
      Warn({.offset = json.offset(),
            .message = StrCat("run ", index, " has parts in other files, which are not read")});
    }
    visitor_.OnRun(run);
    if (results) ReadResults(json, run, *results);
  }

  // An error in them is the log's.
  void ReadResults(JsonReader& log, const SarifRun& run, uint64_t offset) {
    const std::unique_ptr<JsonReader> json = file_.NewReader(offset);
    json->ForEachElement([&](uint64_t index) {
      if (index > 0xFFFFFFFF) return;
      result_.index = static_cast<uint32_t>(index);
      ReadResult(*json, run, result_);
      if (json->ok()) visitor_.OnResult(run, result_);
    });
    if (!json->ok()) log.Fail(json->error());
  }

  void KeepTypeProblem(JsonReader& json) {
    if (const std::optional<JsonProblem> problem = json.TakeTypeProblem()) Warn(*problem);
  }

  void Warn(const JsonProblem& problem) {
    if (facts_.num_warnings++ < kMaxWarnings) facts_.warnings.push_back(file_.Describe(problem));
  }

  const SarifFile& file_;
  SarifVisitor& visitor_;
  SarifFileFacts facts_;
  SarifResult result_;  // kept for its capacity
};

absl::StatusOr<SarifFileFacts> ReadSarifFile(const SarifFile& file, SarifVisitor& visitor) {
  if (file.IsOtherUnicode()) {
    return absl::InvalidArgumentError(
        StrCat(file.name(), ":1: the file is UTF-16 or UTF-32; convert it to UTF-8"));
  }
  XXH64_state_t hash;
  XXH64_reset(&hash, 0);
  const std::unique_ptr<JsonReader> json = file.NewReader();
  const std::string mark = file.ReadAt(0, json->offset());
  XXH64_update(&hash, mark.data(), mark.size());
  json->set_on_read(
      [&hash](std::string_view bytes) { XXH64_update(&hash, bytes.data(), bytes.size()); });
  absl::StatusOr<SarifFileFacts> facts = LogReader(file, visitor).Read(*json);
  if (facts.ok()) facts->content_hash = XXH64_digest(&hash);
  return facts;
}

}  // namespace

absl::StatusOr<SarifFileFacts> ReadSarif(const std::string& path, SarifVisitor& visitor) {
  const absl::StatusOr<SarifFile> file = SarifFile::Open(path);
  if (!file.ok()) return file.status();
  return ReadSarifFile(*file, visitor);
}

absl::StatusOr<SarifFileFacts> ReadSarifText(std::string_view text, std::string_view name,
                                             SarifVisitor& visitor) {
  absl::StatusOr<SarifFileFacts> facts = ReadSarifFile(SarifFile(text, name), visitor);
  if (facts.ok()) facts->content_hash = XXH64(text.data(), text.size(), 0);
  return facts;
}

}  // namespace flowmon
