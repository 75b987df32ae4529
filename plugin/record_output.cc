#include "plugin/record_output.h"

#include <string.h>

#include <utility>

#include "flowdb/str_cat.h"
#include "plugin/log.h"
#include "plugin/segments.h"

namespace flowmon {
namespace {

constexpr uint64_t Mebibytes(uint64_t mib) { return mib << 20; }

RecordWriter::Options WriterOptions(const Config::Output& config) {
  RecordWriter::Options options;
  const bool gathers = config.buffered && !config.flush_each;
  options.buffer_bytes = gathers ? size_t{config.buffer_kib} * 1024 : 0;
  options.flush_interval_ns = uint64_t{config.flush_interval_ms} * 1'000'000;
  options.keep_unwritten = config.buffered;
  if (config.rotate_mib != 0) options.segment_bytes = Mebibytes(config.rotate_mib);
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordOutput>> RecordOutput::Open(const std::string& directory,
                                                                 const Config::Output& config) {
  auto writer = RecordWriter::Open(directory, WriterOptions(config));
  if (!writer.ok()) return writer.status();
  return std::unique_ptr<RecordOutput>(new RecordOutput(directory, config, *std::move(writer)));
}

RecordOutput::RecordOutput(std::string directory, const Config::Output& config,
                           std::unique_ptr<RecordWriter> writer)
    : directory_(std::move(directory)),
      compress_(config.compress),
      writer_(std::move(writer)),
      budget_(directory_, {Mebibytes(config.max_total_mib), Mebibytes(config.min_free_mib)}) {}

void RecordOutput::Start(std::shared_ptr<spdlog::logger> logger) {
  logger_ = std::move(logger);
  if (writer_->repaired_bytes() > 0)
    LogLine(*logger_, LogLevel::kWarning,
            StrCat("cut ", writer_->repaired_bytes(), " bytes of a torn last line off ",
                   kRecordsFileName));
  if (!compress_) return;
  auto compressor = SegmentCompressor::Start(directory_, writer_->last_segment());
  if (compressor.ok())
    compressor_ = *std::move(compressor);
  else
    LogLine(*logger_, LogLevel::kWarning,
            StrCat(std::string(compressor.status().message()), "; they stay as they are"));
}

void RecordOutput::Tick(uint64_t now_ns) {
  writer_->FlushIfDue(now_ns);
  if (compressor_) compressor_->SetLastSegment(writer_->last_segment());
  const RecordLimit before = budget_.limit();
  if (budget_.Update(now_ns, *writer_) != before) LogLimit();
  LogTroubles();
}

void RecordOutput::LogLimit() {
  if (limit() == RecordLimit::kNone)
    LogLine(*logger_, LogLevel::kInfo,
            StrCat("there is room for records again; ", num_over_limit_, " were left out so far"));
  else
    LogLine(*logger_, LogLevel::kWarning,
            StrCat(RecordLimitName(limit()), " is reached in ", directory_,
                   ": only executions that show something new are recorded from now on; those left "
                   "out are counted in executions_over_limit"));
}

void RecordOutput::LogTroubles() {
  if (writer_->last_error() != reported_write_error_) {
    reported_write_error_ = writer_->last_error();
    if (reported_write_error_ != 0)
      LogLine(*logger_, LogLevel::kError,
              StrCat("cannot write records: ", strerror(reported_write_error_),
                     "; fuzzing goes on, lost lines are counted in executions_lost"));
    else
      LogLine(*logger_, LogLevel::kInfo,
              StrCat("records are written again, ", writer_->lines_lost(), " lines lost"));
  }
  if (writer_->rotation_error() != reported_rotation_error_) {
    reported_rotation_error_ = writer_->rotation_error();
    if (reported_rotation_error_ != 0)
      LogLine(*logger_, LogLevel::kError,
              StrCat("cannot begin a new ", kRecordsFileName, ": ",
                     strerror(reported_rotation_error_), "; the old one goes on growing"));
  }
  if (compressions_failed() > 0 && !std::exchange(reported_compression_error_, true))
    LogLine(*logger_, LogLevel::kError,
            StrCat("cannot compress a segment of records: ", strerror(compressor_->last_error()),
                   "; it stays as it is, and such cases are counted in compressions_failed"));
}

}  // namespace flowmon
