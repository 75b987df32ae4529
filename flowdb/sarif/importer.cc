#include "flowdb/sarif/importer.h"

#include <fnmatch.h>

#include <algorithm>
#include <span>
#include <utility>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "flowdb/fields.h"
#include "flowdb/sarif/pick_flow.h"
#include "flowdb/sarif/result_facts.h"
#include "flowdb/sarif/utf8.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

constexpr size_t kMaxDescriptionBytes = 300;
constexpr size_t kMaxReasons = 100;
constexpr size_t kMaxProducers = 100;
constexpr size_t kMaxProducerBytes = 100;
constexpr size_t kMaxFlowSkips = 1000;  // that are named of one result; all are counted

// One line of JSON, for LABEL,FLOW,<id>,origin: doc/SARIF.md, "Origins".
std::string OriginJson(std::string_view file, const SarifRun& run, const SarifResult& result,
                       const ResultFacts& facts, const SarifThreadFlow& flow, size_t part,
                       bool is_split) {
  std::string json =
      StrCat("{\"sarif\":", JsonString(file), ",\"run\":", run.index, ",\"result\":", result.index,
             ",\"codeFlow\":", flow.code_flow, ",\"threadFlow\":", flow.thread_flow);
  if (is_split) StrAppend(&json, ",\"part\":", part);
  StrAppend(&json, ",\"rule\":", JsonString(facts.rule), ",\"level\":", JsonString(facts.level));
  if (!facts.fingerprint.empty()) {
    StrAppend(&json, ",\"fingerprint\":", JsonString(facts.fingerprint));
  }
  return json + "}";
}

std::string Description(const ResultFacts& facts) {
  const std::string_view between = facts.rule.empty() || facts.message.empty() ? "" : ": ";
  return PrintableText(StrCat(facts.rule, between, facts.message), kMaxDescriptionBytes);
}

// A log cannot make up more reasons than fit.
void Count(std::map<std::string, uint64_t>& counts, const std::string& reason) {
  const bool is_full = counts.size() >= kMaxReasons && !counts.contains(reason);
  ++counts[is_full ? "other reasons" : reason];
}

}  // namespace

std::string FormatSarifSkip(const SarifSkip& skip) {
  std::string text = StrCat(skip.file, ": run ", skip.run, ", result ", skip.result);
  if (!skip.flow.empty()) StrAppend(&text, ", ", skip.flow);
  if (!skip.rule.empty()) StrAppend(&text, " (", skip.rule, ")");
  return PrintableText(StrCat(text, ": ", skip.reason));
}

absl::StatusOr<SarifFileFacts> SarifImporter::Add(const std::string& path, std::string_view name) {
  file_ = name.empty() ? path : name;
  return Keep(ReadSarif(path, *this));
}

absl::StatusOr<SarifFileFacts> SarifImporter::AddText(std::string_view text,
                                                      std::string_view name) {
  file_ = name;
  return Keep(ReadSarifText(text, name, *this));
}

absl::StatusOr<SarifFileFacts> SarifImporter::Keep(absl::StatusOr<SarifFileFacts> facts) {
  if (facts.ok()) {
    ++counts_.files;
    inputs_.push_back({file_, facts->content_hash});
  }
  return facts;
}

void SarifImporter::OnRun(const SarifRun& run) {
  ++counts_.runs;
  places_.StartRun(run);
  const std::string& name = run.driver.name;
  if (!name.empty() && producers_.size() < kMaxProducers) {
    producers_.insert(
        PrintableText(run.driver.version.empty() ? name : StrCat(name, " ", run.driver.version),
                      kMaxProducerBytes));
  }
}

std::string_view SarifImporter::FilteredBy(const SarifResult& result,
                                           const ResultFacts& facts) const {
  const auto matches = [&](const std::string& glob) {
    return fnmatch(glob.c_str(), facts.rule.c_str(), 0) == 0;
  };
  if (!options_.rules.empty() &&
      std::none_of(options_.rules.begin(), options_.rules.end(), matches)) {
    return "another rule (--rule)";
  }
  if (!options_.levels.empty() && !options_.levels.contains(facts.level)) {
    return "another level (--level)";
  }
  if (options_.skip_suppressed && result.suppressed) return "suppressed (--skip-suppressed)";
  if (result.absent) return "no longer in the code (baselineState \"absent\")";
  return {};
}

void SarifImporter::OnResult(const SarifRun& run, const SarifResult& result) {
  ++counts_.results;
  if (!result.problem.empty()) ++counts_.type_problems;
  const ResultFacts facts = FactsOf(run, result);
  if (const std::string_view filter = FilteredBy(result, facts); !filter.empty()) {
    Count(counts_.filtered, std::string(filter));
    return;
  }
  SarifSkip skip = {.file = file_,
                    .run = run.index,
                    .result = result.index,
                    .flow = "",
                    .rule = facts.rule,
                    .reason = ""};
  bool is_used = false;
  std::string first_reason;
  uint64_t num_flows = 0;
  std::vector<SarifSkip> flow_skips;
  const uint32_t* last_code_flow = nullptr;
  for (const SarifThreadFlow& flow : result.thread_flows) {
    if (last_code_flow == nullptr || *last_code_flow != flow.code_flow) ++counts_.code_flows;
    last_code_flow = &flow.code_flow;
    const auto parts = SplitFlow(std::span(result.steps).subspan(flow.first, flow.count));
    for (size_t part = 0; part < std::max<size_t>(parts.size(), 1); ++part) {
      ++num_flows;
      ++counts_.flows_seen;
      const auto steps = parts.empty() ? std::span<const SarifStep>() : parts[part];
      std::string reason = ImportFlow(run, result, facts, flow, steps, part, parts.size() > 1);
      if (reason.empty()) {
        is_used = true;
        continue;
      }
      Count(counts_.flows_skipped, reason);
      if (first_reason.empty()) first_reason = reason;
      skip.flow = StrCat("code flow ", flow.code_flow, ", thread flow ", flow.thread_flow);
      skip.reason = std::move(reason);
      if (flow_skips.size() < kMaxFlowSkips) flow_skips.push_back(skip);
    }
  }
  if (is_used) {
    ++counts_.used;
    for (const SarifSkip& flow_skip : flow_skips) on_skip_(flow_skip);
    return;
  }
  skip.flow.clear();
  skip.reason = first_reason;
  if (result.too_long) {
    skip.reason = StrCat("it has more than ", kMaxSarifSteps, " thread flow locations");
  } else if (num_flows == 0) {
    skip.reason = "it has no codeFlows";
  }
  Count(counts_.skipped, skip.reason);
  if (!result.problem.empty()) StrAppend(&skip.reason, "; ", result.problem);
  on_skip_(skip);
}

std::string_view SarifImporter::PlaceOf(const SarifStep& step, PlaceKey& key) {
  Place place;
  if (const std::string_view problem = places_.Resolve(step, place); !problem.empty()) {
    return problem;
  }
  counts_.columns_kept += place.columns_kept ? 1 : 0;
  key = {.file = flows_.FileId(place.file),
         .line = place.line,
         .col_start = place.col_start,
         .col_end = place.col_end};
  return {};
}

std::string SarifImporter::ImportFlow(const SarifRun& run, const SarifResult& result,
                                      const ResultFacts& facts, const SarifThreadFlow& flow,
                                      std::span<const SarifStep> steps, size_t part,
                                      bool is_split) {
  if (steps.empty()) return "its flow has no locations";
  if (steps.size() == 1) return "its flow has a single location";
  const FlowEnds ends = PickEnds(steps);
  PlaceKey source{}, sink{};
  if (const std::string_view problem = PlaceOf(steps[ends.source], source); !problem.empty()) {
    return StrCat("its source cannot be used: ", problem);
  }
  if (const std::string_view problem = PlaceOf(steps[ends.sink], sink); !problem.empty()) {
    return StrCat("its sink cannot be used: ", problem);
  }
  steps_.clear();
  bool is_elsewhere = false;
  for (const SarifStep& step : steps.subspan(ends.source + 1, ends.sink - ends.source - 1)) {
    PlaceKey place{};
    if (step.unimportant) {
      ++counts_.unimportant_steps;
    } else if (!PlaceOf(step, place).empty()) {
      ++counts_.placeless_steps;
    } else {
      is_elsewhere |= !(place == source);
      steps_.push_back(place);
    }
  }
  if (source == sink && !is_elsewhere) return "its source and its sink are the same place";
  if (steps_.size() > kMaxFlowSteps) {
    return StrCat("its flow has more than ", kMaxFlowSteps, " steps");
  }
  const FlowCollector::Added added = flows_.AddFlow(source, steps_, sink, Description(facts));
  ++(added.is_new ? counts_.flows : counts_.merged);
  flows_.AddLabel(added.flow_id, "origin",
                  OriginJson(file_, run, result, facts, flow, part, is_split));
  return "";
}

FlowDb SarifImporter::Finish() {
  FlowDb db = std::move(flows_).Take();
  counts_.sources = db.locations(LocationKind::kSource).size();
  counts_.sinks = db.locations(LocationKind::kSink).size();
  counts_.intermediates = db.locations(LocationKind::kIntermediate).size();
  db.AddMetadata("version", "1.2");
  db.AddMetadata("sources", StrCat(counts_.sources));
  db.AddMetadata("sinks", StrCat(counts_.sinks));
  db.AddMetadata("intermediates", StrCat(counts_.intermediates));
  db.AddMetadata("flows", StrCat(counts_.flows));
  db.AddMetadata("producer",
                 StrCat("flowmon sarif import of ",
                        producers_.empty() ? "an unnamed tool" : absl::StrJoin(producers_, ", ")));
  for (const Input& input : inputs_) {
    db.AddMetadata("sarif", StrCat(input.name, " ", absl::StrFormat("0x%016x", input.hash)));
  }
  return db;
}

}  // namespace flowmon
