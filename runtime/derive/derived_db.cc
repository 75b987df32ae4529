#include "runtime/derive/derived_db.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_join.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

constexpr char kProducer[] = "flow-derive 1";
constexpr char kFormatVersion[] = "1.2";

class DbBuilder {
 public:
  explicit DbBuilder(const DerivedFlows& derived) : entry_(derived.entry) {}

  void Add(const DerivedFlow& flow) {
    const uint32_t source = Place(LocationKind::kSource, flow.source, flow.source_data);
    const uint32_t sink = Place(LocationKind::kSink, flow.sink, flow.sink_data);
    std::vector<uint32_t> steps;
    for (const SourcePlace& step : flow.steps) {
      steps.push_back(Place(LocationKind::kIntermediate, step, ""));
    }
    const auto id = static_cast<uint32_t>(db_.num_flows() + 1);
    db_.AddFlow(id, source, sink, steps, Describe(flow));
    db_.AddLabel({RecordKind::kFlow, id, "rule", std::string(RuleName(flow.rule))});
    db_.AddLabel({RecordKind::kFlow, id, "confidence",
                  std::string(kConfidenceNames[static_cast<size_t>(flow.confidence)])});
  }

  FlowDb Finish() {
    const auto count = [&](LocationKind kind) { return StrCat(db_.locations(kind).size()); };
    db_.AddMetadata("version", kFormatVersion);
    db_.AddMetadata("sources", count(LocationKind::kSource));
    db_.AddMetadata("sinks", count(LocationKind::kSink));
    db_.AddMetadata("intermediates", count(LocationKind::kIntermediate));
    db_.AddMetadata("flows", StrCat(db_.num_flows()));
    db_.AddMetadata("producer", kProducer);
    db_.AddMetadata("derived",
                    "yes, by rules: no analyser and no person has confirmed these flows");
    db_.AddMetadata("entry", entry_);
    return std::move(db_);
  }

 private:
  // One location for each place and kind of data reported there.
  uint32_t Place(LocationKind kind, const SourcePlace& place, std::string_view data) {
    const auto key = std::make_tuple(kind, place.file, place.line, place.column, std::string(data));
    const auto next = static_cast<uint32_t>(db_.locations(kind).size() + 1);
    const auto [entry, is_new] = ids_.try_emplace(key, next);
    if (!is_new) return entry->second;
    db_.AddLocation(kind, {next, db_.AddFile(place.file), place.line, place.column, place.column});
    if (!data.empty()) db_.AddLabel({RecordKindOf(kind), next, "data", std::string(data)});
    return next;
  }

  static std::string Describe(const DerivedFlow& flow) {
    std::string what = flow.sink_name.empty() ? "" : StrCat(" of ", flow.sink_name, "()");
    std::string text = StrCat(RuleName(flow.rule), what, " in ", flow.sink.function,
                              "() depends on ", flow.source_name);
    if (flow.source.function != flow.sink.function) {
      StrAppend(&text, " of ", flow.source.function, "()");
    }
    StrAppend(&text, ", by ", flow.steps.size(), flow.steps.size() == 1 ? " step" : " steps");
    return text;
  }

  std::string entry_;
  FlowDb db_;
  std::map<std::tuple<LocationKind, std::string, uint32_t, uint32_t, std::string>, uint32_t> ids_;
};

}  // namespace

FlowDb MakeDerivedDb(const DerivedFlows& derived, size_t max_flows) {
  DbBuilder builder(derived);
  for (size_t i = 0; i < std::min(max_flows, derived.flows.size()); ++i) {
    builder.Add(derived.flows[i]);
  }
  return builder.Finish();
}

std::vector<std::string> SummarizeDerived(const DerivedFlows& derived, size_t max_flows) {
  std::map<Rule, size_t> counts;
  const size_t written = std::min(max_flows, derived.flows.size());
  for (size_t i = 0; i < written; ++i) ++counts[derived.flows[i].rule];
  std::vector<std::string> rules;
  rules.reserve(counts.size());
  for (const auto& [rule, count] : counts) rules.push_back(StrCat(count, " ", RuleName(rule)));
  const std::string by_rule = rules.empty() ? "" : StrCat(" (", absl::StrJoin(rules, ", "), ")");
  std::vector<std::string> lines = {StrCat(written, " flows derived from ", derived.num_sources,
                                           " sources", by_rule, "; ", derived.num_checked,
                                           " left out, as the program checks the value")};
  if (written < derived.flows.size()) {
    lines.push_back(StrCat(derived.flows.size() - written,
                           " less certain flows are not written: ", "more than ", max_flows,
                           " were found (--max-flows, ", "FLOW_DERIVE_MAX_FLOWS)"));
  }
  if (derived.num_cut_paths != 0) {
    lines.push_back(
        StrCat(derived.num_cut_paths, " times data was not followed further: too many steps"));
  }
  if (derived.num_cut_sources != 0) {
    lines.push_back(StrCat("the data of ", derived.num_cut_sources, " of ", derived.num_sources,
                           " sources was not followed to its end, the program is too large: flows ",
                           "may be missing (--max-states)"));
  }
  if (derived.points_to_is_cut) {
    lines.push_back(
        "pointers were not followed to their end, the program is too large: flows "
        "through memory may be missing");
  }
  return lines;
}

}  // namespace flowmon
