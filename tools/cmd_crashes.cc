// `flowmon crashes`: which dataflows the inputs that crashed or hung a target had completed and
// begun, by replaying them.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "flowdb/fields.h"
#include "flowdb/reader.h"
#include "flowdb/str_cat.h"
#include "plugin/correlator.h"
#include "tools/afl_instance.h"
#include "tools/commands.h"
#include "tools/observed_events.h"
#include "tools/open_flows.h"
#include "tools/target_run.h"
#include "tools/text_format.h"
#include "tools/tool_config.h"

namespace flowmon {
namespace {

constexpr size_t kMaxFlowsInCell = 4;

struct Options {
  std::vector<std::string> paths;
  std::string flowdb;
  uint32_t timeout_ms = 0;  // 0 = the campaign's, at least kMinReplayTimeoutMs
  uint32_t memory_mib = 0;
  size_t num_events = 5;
  bool json = false;
  std::vector<std::string> target;
};

struct Replay {
  std::string input;
  SavedKind kind;
  std::string end;
  bool reproduced;
  double seconds;
  std::vector<uint32_t> complete;  // flow ids
  std::vector<OpenFlow> open;
  std::vector<Event> last_events;
  uint64_t start;  // of the first event
  uint64_t num_events, num_dropped;
  std::string error_output;
};

const char* KindName(SavedKind kind) {
  return kind == SavedKind::kCrash ? "crash" : kind == SavedKind::kHang ? "hang" : "input";
}

// One instance's inputs, replayed.
struct Session {
  AflInstance instance;
  FlowDbFile file;
  bool attached = false;
  std::vector<Replay> replays;
};

bool IsReproduced(SavedKind kind, const TargetRun& run) {
  return kind == SavedKind::kCrash ? run.crashed() : kind != SavedKind::kHang || run.timed_out;
}

Replay Describe(const SavedInput& input, const TargetRun& run, const FlowDb& db,
                Correlator& correlator, size_t num_events) {
  const Execution& execution = run.execution;
  Replay replay = {.input = input.path,
                   .kind = input.kind,
                   .end = DescribeEnd(run),
                   .reproduced = IsReproduced(input.kind, run),
                   .seconds = run.seconds,
                   .complete = {},
                   .open = FindOpenFlows(db, execution),
                   .last_events = {},
                   .start = execution.events.empty() ? 0 : execution.events.front().timestamp,
                   .num_events = execution.events_produced,
                   .num_dropped = execution.events_dropped(),
                   .error_output = run.error_output};
  for (const CompletedFlow& flow : correlator.Correlate(execution).flows)
    replay.complete.push_back(db.flow(flow.flow).id);
  const size_t kept = std::min(num_events, execution.events.size());
  replay.last_events.assign(execution.events.end() - static_cast<ptrdiff_t>(kept),
                            execution.events.end());
  return replay;
}

absl::StatusOr<FlowDbFile> LoadFlowDb(const Options& options, const AflInstance& instance) {
  const std::string& path = options.flowdb.empty() ? instance.flowdb : options.flowdb;
  if (path.empty())
    return absl::InvalidArgumentError(
        StrCat(instance.directory, " does not tell its flow database: name it with --flowdb"));
  absl::StatusOr<FlowDbFile> file = ReadFlowDb(path);
  if (file.ok() && options.flowdb.empty() &&
      absl::StrFormat("0x%016x", file->content_hash) != instance.flowdb_hash)
    std::cerr << "flowmon: " << PrintableText(path)
              << " has changed since the campaign began: places may be wrong\n";
  return file;
}

// Replays all inputs of an instance. Errors are of usage: nothing could be replayed.
absl::StatusOr<Session> ReplayAll(const Options& options, const Config& config,
                                  AflInstance instance) {
  absl::StatusOr<FlowDbFile> file = LoadFlowDb(options, instance);
  if (!file.ok()) return file.status();
  TargetCommand command;
  command.argv = options.target.empty() ? instance.target : options.target;
  if (command.argv.empty())
    return absl::InvalidArgumentError(
        StrCat(instance.directory, " does not tell its target: give it behind --"));
  command.timeout_ms = options.timeout_ms != 0 ? options.timeout_ms
                                               : std::max(kMinReplayTimeoutMs, instance.timeout_ms);
  command.memory_mib = options.memory_mib;
  Session session{std::move(instance), *std::move(file), false, {}};
  const FlowDb& db = session.file.db;
  absl::StatusOr<TargetRunner> runner =
      TargetRunner::Create(db, MemoryForReplay(config.shared_memory), std::move(command));
  if (!runner.ok()) return runner.status();
  Correlator correlator(db, 0);
  for (const SavedInput& input : session.instance.inputs) {
    const absl::StatusOr<TargetRun> run = runner->Run(input.path);
    if (!run.ok()) return run.status();
    session.replays.push_back(Describe(input, *run, db, correlator, options.num_events));
  }
  session.attached = runner->is_attached();
  if (runner->CompareDatabase(session.file.content_hash) != DatabaseFit::kNoDifference)
    std::cerr << "flowmon: the target was compiled with another database: ids may mean other "
                 "places\n";
  return session;
}

std::string EndOf(const Replay& replay) {
  return StrCat(replay.end, replay.reproduced ? "" : ", not reproduced");
}

// A few of them, and how many more there are.
template <typename Items, typename Format>
std::string Cell(const Items& items, Format format) {
  if (items.empty()) return "-";
  const size_t shown = std::min(items.size(), kMaxFlowsInCell);
  const std::string text =
      absl::StrJoin(items.begin(), items.begin() + static_cast<ptrdiff_t>(shown), ", ",
                    [&](std::string* out, const auto& item) { *out += format(item); });
  return items.size() == shown ? text : StrCat(text, ", ", items.size() - shown, " more");
}

void PrintSession(const Session& session) {
  std::cout << PrintableText(session.instance.directory) << "\n";
  if (session.replays.empty()) {
    std::cout << "no crashes and no hangs\n";
    return;
  }
  TextTable table({{"input"}, {"kind"}, {"end"}, {"complete"}, {"open (steps)"}});
  for (const Replay& replay : session.replays) {
    table.AddRow({PrintableText(std::filesystem::path(replay.input).filename().string()),
                  KindName(replay.kind), EndOf(replay),
                  Cell(replay.complete, [](uint32_t id) { return StrCat(id); }),
                  Cell(replay.open, [](const OpenFlow& flow) {
                    return StrCat(flow.id, " (", flow.steps, " of ", flow.of, ")");
                  })});
  }
  std::cout << table.Format(TerminalWidth());
  for (const Replay& replay : session.replays) {
    std::cout << "\n"
              << PrintableText(std::filesystem::path(replay.input).filename().string()) << ": "
              << EndOf(replay) << " after " << FormatNanoseconds(replay.seconds * 1e9)
              << ", the last of " << FormatCount(replay.num_events) << " events:\n";
    for (const Event& event : replay.last_events)
      std::cout << "  " << DescribeEvent(event, replay.start, session.file.db) << "\n";
    if (replay.num_dropped != 0)
      std::cout << "  (" << FormatCount(replay.num_dropped)
                << " events did not fit: these are not the last ones)\n";
  }
  if (!session.attached) std::cout << "\nThe target has not attached: `flowmon doctor` says why.\n";
}

nlohmann::ordered_json ToJson(const Session& session) {
  nlohmann::ordered_json json = {{"directory", session.instance.directory},
                                 {"attached", session.attached}};
  nlohmann::ordered_json& inputs = json["inputs"] = nlohmann::ordered_json::array();
  for (const Replay& replay : session.replays) {
    nlohmann::ordered_json open = nlohmann::ordered_json::array();
    for (const OpenFlow& flow : replay.open)
      open.push_back({{"flow_id", flow.id}, {"steps", flow.steps}, {"of", flow.of}});
    nlohmann::ordered_json events = nlohmann::ordered_json::array();
    for (const Event& event : replay.last_events)
      events.push_back(EventJson(event, replay.start, session.file.db));
    inputs.push_back({{"input", replay.input},
                      {"kind", KindName(replay.kind)},
                      {"end", replay.end},
                      {"reproduced", replay.reproduced},
                      {"seconds", replay.seconds},
                      {"complete", replay.complete},
                      {"open", open},
                      {"events", replay.num_events},
                      {"events_dropped", replay.num_dropped},
                      {"last_events", events},
                      {"stderr", replay.error_output}});
  }
  return json;
}

int Fail(const absl::Status& status) {
  std::cerr << "flowmon: " << PrintableText(std::string(status.message())) << "\n";
  return kExitUsage;
}

int Run(const Options& options) {
  const absl::StatusOr<Config> config = LoadToolConfig("", {});
  if (!config.ok()) return Fail(config.status());
  std::vector<AflInstance> instances;
  std::set<std::string> seen;
  for (const std::string& path : options.paths) {
    if (!seen.insert(path).second)
      return Fail(absl::InvalidArgumentError(StrCat(path, " is given twice")));
    absl::StatusOr<std::vector<AflInstance>> found = FindAflInstances(path);
    if (!found.ok()) return Fail(found.status());
    std::move(found->begin(), found->end(), std::back_inserter(instances));
  }
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  bool all_reproduced = true;
  for (size_t i = 0; i < instances.size(); ++i) {
    const absl::StatusOr<Session> session = ReplayAll(options, *config, std::move(instances[i]));
    if (!session.ok()) return Fail(session.status());
    for (const Replay& replay : session->replays)
      all_reproduced = all_reproduced && replay.reproduced;
    if (options.json) {
      json.push_back(ToJson(*session));
      continue;
    }
    if (i > 0) std::cout << "\n";
    PrintSession(*session);
  }
  if (options.json)
    std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  return all_reproduced ? kExitOk : kExitFindings;
}

// CLI11 does not say where the -- was: what comes before the first word that is no directory are
// directories, the rest is the target. It asks again in the end.
std::function<std::string(const std::string&)> LeadingDirectories(const CLI::Option* target) {
  auto accepted = std::make_shared<std::set<std::string>>();
  return [target, accepted](const std::string& path) -> std::string {
    std::error_code ignored;
    if (accepted->contains(path)) return "";
    if (target->count() != 0 || !std::filesystem::is_directory(path, ignored))
      return StrCat(path, " is no directory");
    accepted->insert(path);
    return "";
  };
}

}  // namespace

void AddCrashesCommand(CLI::App& app, int& exit_code) {
  CLI::App* command = app.add_subcommand(
      "crashes", "Replay crashes and hangs: which dataflows were complete, which had begun");
  auto options = std::make_shared<Options>();
  CLI::Option* paths =
      command
          ->add_option("DIR", options->paths,
                       "Output directory of afl-fuzz, of one instance, or a directory of inputs")
          ->required();
  CLI::Option* target = command->add_option("TARGET", options->target,
                                            "Target and arguments, behind --; else the campaign's");
  command->validate_positionals();
  paths->check(LeadingDirectories(target));
  command->add_option("--flowdb", options->flowdb,
                      "Flow database, by default the one that the campaign used");
  command
      ->add_option("-t", options->timeout_ms,
                   "Milliseconds that one run may take, by default the campaign's, at least 1000")
      ->check(CLI::Range(1, 3'600'000));
  command->add_option("-m", options->memory_mib, "MiB of memory for the target, 0 = no limit")
      ->capture_default_str();
  command->add_option("--events", options->num_events, "Last events to show")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print JSON, an array with one object an instance");
  command->footer(
      "Examples:\n  flowmon crashes out\n  flowmon crashes my-inputs --flowdb x.flowdb -- ./target "
      "@@\n\nExit codes: 0 all reproduced, 1 some not, 2 wrong usage. See doc/CRASHES.md.");
  command->callback([options, &exit_code] { exit_code = Run(*options); });
}

}  // namespace flowmon
