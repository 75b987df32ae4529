// From a correlated execution to a line in a file.

#include <benchmark/benchmark.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "plugin/correlator.h"
#include "plugin/record_format.h"
#include "plugin/record_writer.h"
#include "plugin/segments.h"
#include "test/bench/sample.h"
#include "test/support/files.h"

namespace flowmon::bench {
namespace {

constexpr uint32_t kMaxListed = 4;
constexpr int64_t kTime = 1'795'262'400'123;  // milliseconds

// As many flows fire as are completed, but at least those of the sample.
void Append(benchmark::State& state) {
  const FlowDb& db = SampleDb(100);
  Correlator correlator(db, kMaxListed);
  RecordFormatter formatter(db, kMaxListed);
  const auto num_completed = static_cast<uint32_t>(state.range(0));
  const Execution execution =
      SampleExecution(std::max(num_completed, kFlowsOfExecution), num_completed);
  const Correlation& correlation = correlator.Correlate(execution);
  std::string line;
  uint64_t number = 0;
  for (auto _ : state) {
    line.clear();
    formatter.Append(execution, correlation, ++number, kTime, line);
    benchmark::DoNotOptimize(line.data());
  }
  state.SetBytesProcessed(static_cast<int64_t>(line.size()) * state.iterations());
}
BENCHMARK(Append)->ArgName("completed")->Arg(0)->Arg(1)->Arg(10);

// The sample's line, again and again, with the default buffer: a system call for 64 KiB.
void Write(benchmark::State& state, const test::TempDir& directory) {
  const std::string path = directory / kRecordsFileName;
  const auto writer = *RecordWriter::Open(directory.path(), {.buffer_bytes = size_t{64} * 1024});
  const FlowDb& db = SampleDb(100);
  Correlator correlator(db, kMaxListed);
  const Execution execution = SampleExecution(kFlowsOfExecution, 1);
  std::string line;
  RecordFormatter(db, kMaxListed)
      .Append(execution, correlator.Correlate(execution), 1'000'000, kTime, line);
  size_t bytes = 0;
  for (auto _ : state) {
    writer->buffer() += line;
    writer->CommitLine(1);
    bytes += line.size();
    if (bytes >= kMaxRecordBytes) {
      state.PauseTiming();
      if (truncate(path.c_str(), 0) != 0) abort();
      bytes = 0;
      state.ResumeTiming();
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(line.size()) * state.iterations());
}
void WriteToDisk(benchmark::State& state) { Write(state, test::TempDir()); }
void WriteToMemory(benchmark::State& state) { Write(state, test::TempDir::InSharedMemory()); }
BENCHMARK(WriteToDisk);
BENCHMARK(WriteToMemory);

}  // namespace
}  // namespace flowmon::bench
