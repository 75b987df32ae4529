#include "plugin/monitor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_split.h"
#include "flowdb/str_cat.h"
#include "plugin/campaign_dir.h"
#include "plugin/clock.h"
#include "plugin/config_keys.h"
#include "plugin/log.h"
#include "runtime/flow_shm.h"

namespace flowmon {
namespace {

// Between two executions the kernel and the target have the caches; correlating and printing many
// in a row costs half as much as one by one.
constexpr size_t kMaxBatch = 64;
constexpr size_t kMaxBatchWeight = 8192;  // events and hits
constexpr size_t kInputBytesPerWeight = 64;
constexpr size_t kUsualSize = 256;  // of one execution
constexpr size_t kUsualInputBytes = 4096;
constexpr uint64_t kMaxBatchAgeNs = 100'000'000;

constexpr uint64_t kNsPerMs = 1'000'000;

constexpr uint64_t Seconds(uint64_t seconds) { return seconds * 1'000'000'000; }

absl::StatusOr<std::unique_ptr<FlowDbFile>> LoadFlowDb(const Config::FlowDatabase& config) {
  if (config.path.empty())
    return absl::InvalidArgumentError(
        "no flow database: set FLOW_MONITOR_FLOWDB to the .flowdb that the target was built with");
  absl::StatusOr<FlowDbFile> file = ReadFlowDb(config.path);
  if (!file.ok()) return file.status();
  if (config.strict && file->num_warnings > 0)
    return absl::InvalidArgumentError(StrCat(FormatWarning(config.path, file->warnings.front()),
                                             " (", file->num_warnings,
                                             " warnings; flow_database.strict is set)"));
  if (file->db.coverage_map_size() > FLOW_LIMIT_MAP_SIZE)
    return absl::InvalidArgumentError(
        StrCat(config.path, ": intermediate id ", file->db.coverage_map_size() - 1,
               " is too large: the target's coverage map ends at ", FLOW_LIMIT_MAP_SIZE,
               "; number the intermediates from 1"));
  return std::make_unique<FlowDbFile>(*std::move(file));
}

absl::StatusOr<std::string> MakeOutputDirectory(const std::string& configured,
                                                const std::string& afl_out) {
  std::error_code error;
  // Absolute: the host may change its directory.
  const std::filesystem::path path =
      std::filesystem::absolute(configured.empty() ? std::filesystem::path(afl_out) / "flowmon"
                                                   : std::filesystem::path(configured),
                                error);
  if (!error) std::filesystem::create_directories(path, error);
  if (error)
    return absl::FailedPreconditionError(
        StrCat("cannot create the output directory ", path.string(), ": ", error.message()));
  return path.string();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Monitor>> Monitor::Create(const Config& config,
                                                         const ConfigOrigins& origins,
                                                         const std::string& afl_out) {
  auto flowdb = LoadFlowDb(config.flow_database);
  if (!flowdb.ok()) return flowdb.status();
  if (config.shared_memory.map_size != 0 &&
      config.shared_memory.map_size < (*flowdb)->db.coverage_map_size())
    return absl::InvalidArgumentError(
        StrCat("shared_memory.map_size is ", config.shared_memory.map_size, ", but ",
               config.flow_database.path, " needs ", (*flowdb)->db.coverage_map_size(),
               " for its largest intermediate id; leave it at 0 to have the size that fits"));
  auto output = MakeOutputDirectory(config.output.directory, afl_out);
  if (!output.ok()) return output.status();
  auto records = RecordOutput::Open(*output, config.output);
  if (!records.ok()) return records.status();
  const std::string log_path =
      (std::filesystem::path(*output) / config.logging.file).string();  // keeps an absolute one
  std::unique_ptr<InputKeeper> inputs;
  if (config.inputs.keep) {
    auto started = InputKeeper::Start(
        *output + "/inputs", afl_out, **flowdb,
        {uint64_t{config.inputs.max_input_kib} << 10, uint64_t{config.inputs.max_total_mib} << 20});
    if (!started.ok()) return started.status();
    inputs = *std::move(started);
  }
  auto logger = OpenLog(log_path, config.logging.level);
  if (!logger.ok()) return logger.status();
  if (config.cleanup.at_start)
    for (const Leftover& leftover : FindLeftovers(config.shared_memory.directory, false))
      LogLine(**logger, LogLevel::kInfo,
              StrCat(RemoveLeftover(leftover) ? "removed " : "could not remove ", leftover.path,
                     ", left by a campaign that was killed"));
  auto lanes = CreateTargetLanes(config.shared_memory, (*flowdb)->db, !config.cleanup.at_exit);
  if (!lanes.ok()) return lanes.status();
  const auto variables = TargetVariables(config.shared_memory, (*flowdb)->db, *lanes);

  std::unique_ptr<Monitor> monitor(new Monitor(config, *std::move(flowdb), *std::move(output),
                                               *std::move(lanes), *std::move(records),
                                               std::move(inputs), *std::move(logger), log_path));
  monitor->LogStart(origins);
  monitor->records_->Start(monitor->logger_);
  monitor->PrepareTarget(variables);
  return monitor;
}

Monitor::Monitor(const Config& config, std::unique_ptr<FlowDbFile> flowdb,
                 std::string output_directory, TargetLanes lanes,
                 std::unique_ptr<RecordOutput> records, std::unique_ptr<InputKeeper> inputs,
                 std::shared_ptr<spdlog::logger> logger, std::string log_path)
    : config_(config),
      flowdb_(std::move(flowdb)),
      output_directory_(std::move(output_directory)),
      log_path_(std::move(log_path)),
      session_(std::move(lanes.session)),
      files_(std::move(lanes.files)),
      records_(std::move(records)),
      inputs_(std::move(inputs)),
      logger_(std::move(logger)),
      correlator_(flowdb_->db, config.processing.max_completions_listed),
      statistics_(flowdb_->db, config.processing.max_distinct_values,
                  config.shared_memory.max_events_per_id),
      formatter_(flowdb_->db, config.processing.max_completions_listed),
      history_(output_directory_),
      start_ns_(NowNs(CLOCK_MONOTONIC_COARSE)),
      start_unix_s_(static_cast<int64_t>(NowNs(CLOCK_REALTIME) / Seconds(1))),
      next_print_ns_(start_ns_ + Seconds(config.statistics.print_interval)),
      next_update_ns_(start_ns_),
      batch_(config.output.buffered && !config.output.flush_each ? kMaxBatch : 1) {
  for (Taken& taken : batch_) {
    taken.execution.Reserve(kUsualSize);
    taken.input.reserve(kUsualInputBytes);
  }
}

void Monitor::LogStart(const ConfigOrigins& origins) {
  const FlowDb& db = flowdb_->db;
  LogLine(*logger_, LogLevel::kInfo,
          StrCat(config_.flow_database.path, ": ", db.num_flows(), " flows, ",
                 db.locations(LocationKind::kSource).size(), " sources, ",
                 db.locations(LocationKind::kSink).size(), " sinks, ",
                 db.locations(LocationKind::kIntermediate).size(), " intermediates"));
  for (const FlowDbWarning& warning : flowdb_->warnings)
    LogLine(*logger_, LogLevel::kWarning, FormatWarning(config_.flow_database.path, warning));
  if (flowdb_->num_warnings > flowdb_->warnings.size())
    LogLine(*logger_, LogLevel::kWarning,
            StrCat(flowdb_->num_warnings - flowdb_->warnings.size(), " more warnings"));
  for (const std::string& line :
       std::vector<std::string>(absl::StrSplit(FormatConfig(config_, &origins), '\n')))
    LogLine(*logger_, LogLevel::kDebug, line);
}

void Monitor::PrepareTarget(const std::vector<std::pair<std::string, std::string>>& variables) {
  for (const auto& [name, value] : variables) environment_.Set(name, value);
  const char* mode = getenv("FLOW_SHM");
  if (mode && !strcmp(mode, "off"))
    LogLine(*logger_, LogLevel::kWarning,
            "FLOW_SHM=off is set: the target reports nothing; unset it to see flows");
}

Monitor::~Monitor() {
  // Without post_run, the last execution is still to be taken in; with it, what is left came late.
  files_are_due_ = true;
  if (host_has_post_run_) input_ = {};  // the host may have freed it by now
  try {
    if (execution_start_ns_ != 0)
      TakeExecution(false);
    else
      TakeLate();
    ProcessBatch();
    LookForSilence();
    records_->FlushOrLose();
    if (inputs_) inputs_->Finish();
    WriteStatistics(NowNs(CLOCK_MONOTONIC), true);
    LogFailuresOnce();
    LogLine(*logger_, LogLevel::kInfo, FormatSummary(statistics_, flowdb_->db));
  } catch (const std::exception& error) {
    OnFailure(error.what());  // the host goes on to its own end
  }
}

void Monitor::BeforeExecution(std::span<const uint8_t> input) {
  if (!host_has_post_run_ && execution_start_ns_ != 0) TakeExecution(false);
  // In a session only programs that cannot map the region write files: it is looked for them after
  // each execution if there have been any or nobody has mapped it, else now and then.
  files_are_due_ = !session_ || !session_->is_attached() || files_->is_open() ||
                   now_ns_ >= next_look_for_files_ns_;
  // Files are told from those of earlier executions by their age.
  execution_start_ns_ = files_are_due_ ? NowNs(CLOCK_MONOTONIC) : now_ns_;
  input_ = {};
  if (inputs_ && !host_has_post_run_) {
    input_copy_.assign(input.begin(), input.end());
    input = input_copy_;
  }
  input_ = input;
  if (session_) session_->BeginRun();
}

void Monitor::AfterExecution() {
  host_has_post_run_ = true;
  TakeExecution(true);
  execution_start_ns_ = 0;
  input_ = {};  // the host's again
}

void Monitor::OnFailure(const char* what) noexcept {
  records_->DiscardLine();
  if (num_failures_++ > 0) return;
  try {
    LogLine(*logger_, LogLevel::kError,
            StrCat("an execution could not be taken in: ", what,
                   "; fuzzing goes on, such executions are counted in executions_failed"));
  } catch (const std::exception&) {
    // The memory for this line is short, too; the count says it all the same.
  }
}

void Monitor::TakeExecution(bool host_says_it_ran) {
  // Neither an interval nor the time in a record needs more than the milliseconds that these clocks
  // have, and only when one of them has moved there can be anything to do.
  const uint64_t before_ns = std::exchange(now_ns_, NowNs(CLOCK_MONOTONIC_COARSE));
  const bool time_has_passed = now_ns_ != before_ns;
  if (time_has_passed) unix_ms_ = static_cast<int64_t>(NowNs(CLOCK_REALTIME_COARSE) / kNsPerMs);
  // Only if all programs that run inputs have mapped the region: cmplog's may be built without us.
  if (time_has_passed && !host_has_post_run_)
    runs_are_marked_ = session_ && session_->marks_runs() &&
                       RunWitness::HasOnlyForkservers(session_->forkservers());
  Taken& taken = batch_[batch_size_];
  Execution& execution = taken.execution;
  execution.Clear();
  if (session_) session_->Collect(execution);
  if (files_are_due_) {
    files_->Collect(execution_start_ns_, execution);
    next_look_for_files_ns_ = now_ns_ + Seconds(1);
  }
  taken.ran = host_says_it_ran || TargetRan(execution);
  taken.now_ns = now_ns_;
  taken.unix_ms = unix_ms_;
  // Only with events there can be a completion.
  const bool input_matters = inputs_ && !execution.events.empty();
  taken.input.assign(input_.begin(), input_matters ? input_.end() : input_.begin());
  batch_weight_ +=
      execution.events.size() + execution.hits.size() + taken.input.size() / kInputBytesPerWeight;
  if (++batch_size_ == batch_.size() || batch_weight_ >= kMaxBatchWeight ||
      now_ns_ - batch_[0].now_ns >= kMaxBatchAgeNs)
    ProcessBatch();
  if (time_has_passed) {
    LookForSilence();
    Tick(now_ns_);
  }
}

// Where the host does not say.
bool Monitor::TargetRan(const Execution& execution) {
  const bool left_traces = !execution.pids.empty() || (session_ && session_->target_ran());
  if (runs_are_marked_) return left_traces;
  if (!left_traces) return witness_.TargetRan();
  witness_.Note();
  return true;
}

// What has come since the last execution.
void Monitor::TakeLate() {
  Execution late;
  if (session_) session_->Collect(late);
  files_->Collect(NowNs(CLOCK_MONOTONIC), late);
  late.events_late = late.events_produced;
  late.hits_late += late.hits.size() + late.hits_uncounted;
  statistics_.AddLate(late);
}

void Monitor::ProcessBatch() {
  const size_t size = std::exchange(batch_size_, 0);
  batch_weight_ = 0;
  for (size_t i = 0; i < size; ++i) {
    Taken& taken = batch_[i];
    try {
      taken.execution.Normalize(config_.shared_memory.max_events);
      if (taken.ran)
        Record(taken);
      else
        statistics_.AddLate(taken.execution);
    } catch (const std::exception& error) {
      OnFailure(error.what());
    }
    // A large one ends its batch. If many are, each is alone, so only the first place is kept
    // large.
    const Execution& done = taken.execution;
    if (i > 0 && std::max({done.events.capacity(), done.hits.capacity(),
                           taken.input.capacity() / kInputBytesPerWeight}) > kMaxBatchWeight) {
      taken.execution = Execution();
      taken.input = {};
    }
  }
  records_->LogTroubles();
}

void Monitor::Record(const Taken& taken) {
  const Correlation& correlation = correlator_.Correlate(taken.execution);
  const Novelty novelty = statistics_.Add(taken.execution, correlation, taken.now_ns - start_ns_);
  // Pairs of values are many: at a limit they are new only to those who asked for what is new.
  const Novelty new_from =
      config_.processing.record == RecordMode::kNew ? Novelty::kValues : Novelty::kProgress;
  const auto is_wanted = [&](RecordMode mode) {
    return mode == RecordMode::kAll || (mode == RecordMode::kFlows && !correlation.flows.empty()) ||
           (mode == RecordMode::kNew && novelty >= new_from);
  };
  if (is_wanted(record_mode())) {
    formatter_.Append(taken.execution, correlation, statistics_.totals().executions, taken.unix_ms,
                      records_->buffer());
    records_->CommitLine(taken.now_ns);
  } else if (is_wanted(config_.processing.record)) {
    records_->CountOverLimit();
  }
  if (inputs_ && !correlation.flows.empty()) KeepInput(taken, correlation);
}

// Where memory is too short for it, the record is there all the same.
void Monitor::KeepInput(const Taken& taken, const Correlation& correlation) {
  try {
    inputs_->Offer(taken.input, taken.execution, correlation, statistics_.totals().executions,
                   taken.unix_ms);
  } catch (const std::exception&) {
    inputs_->CountFailure();
  }
}

RecordMode Monitor::record_mode() const {
  return records_->limit() == RecordLimit::kNone ? config_.processing.record : RecordMode::kNew;
}

void Monitor::Tick(uint64_t now_ns) {
  records_->Tick(now_ns);
  if (now_ns < next_update_ns_ && now_ns < next_print_ns_) return;
  ProcessBatch();
  if (now_ns >= next_update_ns_) {
    if (inputs_) inputs_->Flush();
    if (session_) session_->RefineClock();
    // A large database must not turn the fuzzer into a statistics writer: at most 5 % of its time.
    const uint64_t start_ns = NowNs(CLOCK_MONOTONIC);
    WriteStatistics(now_ns);
    const uint64_t cost = NowNs(CLOCK_MONOTONIC) - start_ns;
    next_update_ns_ = now_ns + std::max(Seconds(config_.statistics.update_interval), cost * 20);
  }
  if (now_ns >= next_print_ns_) {
    LogLine(*logger_, LogLevel::kInfo, FormatSummary(statistics_, flowdb_->db));
    next_print_ns_ = now_ns + Seconds(config_.statistics.print_interval);
  }
  LogFailuresOnce();
}

void Monitor::WriteStatistics(uint64_t now_ns, bool is_last) {
  statistics_.Settle();
  CampaignFacts facts;
  facts.flowdb_path = config_.flow_database.path;
  facts.flowdb_hash = flowdb_->content_hash;
  Config in_force = config_;
  in_force.processing.record = record_mode();
  facts.record_mode = FormatConfigValue(*FindConfigKey("processing.record"), in_force);
  facts.record_limit = RecordLimitName(records_->limit());
  facts.start_unix_s = start_unix_s_;
  facts.now_unix_s = start_unix_s_ + static_cast<int64_t>((now_ns - start_ns_) / Seconds(1));
  facts.lines_written = records_->writer().lines_written();
  facts.lines_lost = records_->writer().lines_lost();
  facts.lines_over_limit = records_->num_over_limit();
  facts.executions_failed = num_failures_;
  facts.files_refused = files_->num_refused();
  facts.compressions_failed = records_->compressions_failed();
  if (inputs_) {
    facts.inputs_kept = inputs_->num_kept();
    facts.inputs_over_limit = inputs_->num_over_limit();
    facts.inputs_failed = inputs_->num_failures();
  }
  facts.flowdb_mismatch = silence_.flowdb_mismatch();
  facts.silence = SilenceName(silence_.silence());
  const absl::Status stats = WriteFileAtomically(StrCat(output_directory_, "/", kStatsFileName),
                                                 FormatStats(statistics_, flowdb_->db, facts));
  const absl::Status flows = WriteFileAtomically(StrCat(output_directory_, "/", kFlowStatsFileName),
                                                 FormatFlowStats(statistics_, flowdb_->db));
  absl::Status history;
  if (const uint64_t run_ms = (now_ns - start_ns_) / kNsPerMs; is_last || history_.IsDue(run_ms))
    history = history_.Append(MakeHistoryPoint(
        statistics_, flowdb_->db, static_cast<int64_t>(NowNs(CLOCK_REALTIME) / kNsPerMs), run_ms));
  absl::Status all = stats;
  all.Update(flows);
  all.Update(history);
  if (!all.ok() && !reported_statistics_error_)
    LogLine(*logger_, LogLevel::kError, std::string(all.message()));
  reported_statistics_error_ = !all.ok();
}

void Monitor::LookForSilence() {
  const Statistics::Totals& totals = statistics_.totals();
  const uint64_t hash = flowdb_->content_hash;
  const char* mode = getenv("FLOW_SHM");
  const bool attached = session_ && session_->is_attached();
  SilenceCheck::Signs signs;
  signs.executions = totals.executions;
  signs.any_event = totals.events_produced != 0;
  signs.any_hit = totals.intermediates_hit != 0;
  signs.knows_attach = session_ != nullptr;
  signs.is_attached = attached || (session_ && files_->is_open());
  signs.fit = files_->CompareDatabase(hash);
  if (attached && signs.fit == DatabaseFit::kNoDifference)
    signs.fit = session_->CompareDatabase(hash);
  signs.is_switched_off = mode && !strcmp(mode, "off");
  for (const std::string& warning : silence_.Look(signs))
    LogLine(*logger_, LogLevel::kWarning, warning);
}

// Each trouble is logged when it begins, and when it is over, not each time it is met.
void Monitor::LogFailuresOnce() {
  records_->LogTroubles();
  if (files_->num_refused() > 0 && !std::exchange(reported_refused_, true))
    LogLine(*logger_, LogLevel::kWarning,
            "the target left something in its shared-memory directory that is not ours; removed, "
            "and counted in files_refused");
  if (const auto failure = inputs_ ? inputs_->TryFailure() : std::nullopt) {
    const bool is_failing = !failure->empty();
    if (is_failing && !std::exchange(reported_input_failure_, true))
      LogLine(*logger_, LogLevel::kError,
              StrCat("inputs that completed flows cannot be kept: ", *failure,
                     "; tried again every second"));
    if (!is_failing && std::exchange(reported_input_failure_, false))
      LogLine(*logger_, LogLevel::kInfo, "inputs that completed flows are kept again");
  }
  struct statvfs space;
  if (statvfs(config_.shared_memory.directory.c_str(), &space) != 0) return;
  const bool is_low = space.f_bavail * 100 < space.f_blocks * FLOW_MIN_FREE_PERCENT;
  if (is_low && !std::exchange(reported_low_space_, true))
    LogLine(*logger_, LogLevel::kError,
            StrCat("less than ", FLOW_MIN_FREE_PERCENT, " % of ", config_.shared_memory.directory,
                   " is free: processes of the target that report by files report nothing"));
  if (!is_low) reported_low_space_ = false;
}

}  // namespace flowmon
