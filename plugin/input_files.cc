#include "plugin/input_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "flowdb/read_file.h"
#include "flowdb/str_cat.h"
#include "plugin/statistics_report.h"
#include "plugin/unique_fd.h"

namespace flowmon {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxFactsBytes = 65536;
constexpr const char* kAflDirectories[] = {"queue", "crashes", "hangs"};

std::string Hex(uint64_t value) { return absl::StrFormat("0x%016x", value); }

uint64_t FromHex(const std::string& text) {
  uint64_t value = 0;
  if (text.size() > 2) std::from_chars(text.data() + 2, text.data() + text.size(), value, 16);
  return value;
}

std::optional<std::string> ReadOwnFile(const std::string& path, uint64_t max_bytes) {
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat info;
  if (!fd || fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode) ||
      static_cast<uint64_t>(info.st_size) > max_bytes)
    return std::nullopt;
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = read(fd.get(), bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return std::nullopt;
    done += static_cast<size_t>(n);
  }
  return bytes;
}

int64_t NsOf(const struct timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

std::string_view InputKindName(InputKind kind) {
  switch (kind) {
    case InputKind::kFirst:
      return "first";
    case InputKind::kSmallest:
      return "smallest";
    case InputKind::kFastest:
      return "fastest";
  }
  return "";
}

InputFiles::InputFiles(std::string directory, std::string afl_out, const FlowDbFile& flowdb,
                       uint64_t max_input_bytes)
    : directory_(std::move(directory)),
      afl_out_(std::move(afl_out)),
      db_(flowdb.db),
      flowdb_hash_(Hex(flowdb.content_hash)),
      max_input_bytes_(max_input_bytes) {}

std::string InputFiles::PathOf(uint32_t flow, InputKind kind) const {
  return StrCat(directory_, "/flow_", db_.flow(flow).id, "/", InputKindName(kind));
}

std::vector<InputFiles::Found> InputFiles::Load() {
  std::vector<Found> found;
  std::error_code error;
  if (!fs::is_directory(directory_, error)) return found;
  has_new_entries_ = true;  // under which names AFL++ has them may have changed
  for (uint32_t flow = 0; flow < db_.num_flows(); ++flow) {
    for (const InputKind kind : kInputKinds) {
      const std::string path = PathOf(flow, kind);
      const std::optional<std::string> text = ReadOwnFile(path + ".json", kMaxFactsBytes);
      const std::optional<std::string> bytes = ReadOwnFile(path, max_input_bytes_);
      if (!text || !bytes) continue;
      const auto json = nlohmann::json::parse(*text, nullptr, false);
      try {
        if (json.at("flowdb_hash").get<std::string>() != flowdb_hash_) continue;
        Entry entry;
        entry.hash = FromHex(json.at("input_hash").get<std::string>());
        entry.size = bytes->size();
        if (ContentHash(*bytes) != entry.hash) continue;  // killed between the two files
        entry.facts = {nullptr,
                       json.at("execution").get<uint64_t>(),
                       json.at("unix_ms").get<int64_t>(),
                       json.at("time_delta_ns").get<uint64_t>(),
                       json.at("completions").get<uint64_t>(),
                       FromHex(json.at("source_hash").get<std::string>()),
                       FromHex(json.at("sink_hash").get<std::string>())};
        found.push_back({flow, kind, entry.size, entry.facts.time_ns});
        total_bytes_ += entry.size;
        entries_[{flow, kind}] = std::move(entry);
      } catch (const nlohmann::json::exception&) {
        continue;
      }
    }
  }
  return found;
}

uint64_t InputFiles::TotalWith(uint32_t flow, InputKind kind, uint64_t size) const {
  const auto known = entries_.find({flow, kind});
  return total_bytes_ + size - (known == entries_.end() ? 0 : known->second.size);
}

absl::Status InputFiles::Write(uint32_t flow, InputKind kind, const KeptInput& input) {
  const std::string path = PathOf(flow, kind);
  // Only their owner is to see the inputs; what is there already is left as it is.
  for (const std::string& directory : {directory_, fs::path(path).parent_path().string()})
    if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
      return absl::ErrnoToStatus(errno, StrCat("cannot create ", directory));
  if (absl::Status status = WriteFileAtomically(path, *input.bytes); !status.ok()) return status;
  Entry entry;
  entry.facts = input;
  entry.facts.bytes = nullptr;
  entry.size = input.bytes->size();
  entry.hash = ContentHash(*input.bytes);
  total_bytes_ = TotalWith(flow, kind, entry.size);
  absl::Status status = WriteFacts(flow, kind, entry);
  entries_[{flow, kind}] = std::move(entry);
  has_new_entries_ = true;
  return status;
}

absl::Status InputFiles::WriteFacts(uint32_t flow, InputKind kind, const Entry& entry) const {
  const KeptInput& facts = entry.facts;
  nlohmann::ordered_json json = {
      {"flow_id", db_.flow(flow).id},
      {"flowdb_hash", flowdb_hash_},
      {"kind", std::string(InputKindName(kind))},
      {"timestamp", absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMillis(facts.unix_ms),
                                     absl::UTCTimeZone())},
      {"unix_ms", facts.unix_ms},
      {"execution", facts.execution},
      {"size", entry.size},
      {"input_hash", Hex(entry.hash)},
      {"time_delta_ns", facts.time_ns},
      {"completions", facts.completions},
      {"source_hash", Hex(facts.source_hash)},
      {"sink_hash", Hex(facts.sink_hash)}};
  if (!entry.afl_file.empty()) json["afl_file"] = entry.afl_file;
  // A file name need not be UTF-8.
  return WriteFileAtomically(
      PathOf(flow, kind) + ".json",
      json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void InputFiles::FindNames() {
  if (afl_out_.empty()) return;
  for (const char* subdirectory : kAflDirectories) LookInto(subdirectory);
  has_new_entries_ = false;
}

void InputFiles::LookInto(const std::string& subdirectory) {
  // By size: which inputs have no name yet.
  absl::flat_hash_map<uint64_t, std::vector<std::pair<uint32_t, InputKind>>> unnamed;
  for (const auto& [place, entry] : entries_)
    if (entry.afl_file.empty()) unnamed[entry.size].push_back(place);
  const fs::path directory = fs::path(afl_out_) / subdirectory;
  struct stat change;
  if (unnamed.empty() || stat(directory.c_str(), &change) != 0) return;
  const int64_t changed_ns = NsOf(change.st_mtim);
  if (std::exchange(looked_[subdirectory], changed_ns) == changed_ns && !has_new_entries_) return;
  std::error_code error;
  for (const fs::directory_entry& file : fs::directory_iterator(directory, error)) {
    struct stat info;
    if (lstat(file.path().c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    const auto wanted = unnamed.find(static_cast<uint64_t>(info.st_size));
    if (wanted == unnamed.end()) continue;
    const std::string name = StrCat(subdirectory, "/", file.path().filename().string());
    AflFile& known = afl_files_[name];
    const int64_t modified_ns = int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
    if (known.size != wanted->first || known.modified_ns != modified_ns) {
      const std::optional<std::string> bytes = ReadOwnFile(file.path().string(), max_input_bytes_);
      if (!bytes) continue;
      known = {bytes->size(), modified_ns, ContentHash(*bytes)};
    }
    for (const auto& [flow, kind] : wanted->second) {
      Entry& entry = entries_[{flow, kind}];
      if (entry.hash != known.hash || !entry.afl_file.empty()) continue;
      entry.afl_file = name;
      if (!WriteFacts(flow, kind, entry).ok()) entry.afl_file.clear();  // tried again
    }
  }
}

}  // namespace flowmon
