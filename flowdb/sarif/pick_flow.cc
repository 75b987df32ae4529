#include "flowdb/sarif/pick_flow.h"

#include <algorithm>

namespace flowmon {
namespace {

// steps.size() if there is none.
size_t FirstWith(std::span<const SarifStep> steps, bool SarifStep::*role) {
  const auto found =
      std::find_if(steps.begin(), steps.end(), [&](const SarifStep& step) { return step.*role; });
  return static_cast<size_t>(found - steps.begin());
}

size_t LastWith(std::span<const SarifStep> steps, bool SarifStep::*role) {
  for (size_t i = steps.size(); i > 0; --i) {
    if (steps[i - 1].*role) return i - 1;
  }
  return steps.size();
}

}  // namespace

std::vector<std::span<const SarifStep>> SplitFlow(std::span<const SarifStep> steps) {
  std::vector<std::span<const SarifStep>> parts;
  size_t first = 0;
  int64_t order = -1;
  for (size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].execution_order < 0) continue;
    if (steps[i].execution_order < order) {
      parts.push_back(steps.subspan(first, i - first));
      first = i;
    }
    order = steps[i].execution_order;
  }
  if (first < steps.size()) parts.push_back(steps.subspan(first));
  return parts;
}

FlowEnds PickEnds(std::span<const SarifStep> steps) {
  size_t sink = LastWith(steps, &SarifStep::is_sink);
  if (sink == steps.size() || sink == 0) sink = steps.size() - 1;
  for (const auto role :
       {&SarifStep::is_taint_origin, &SarifStep::is_source, &SarifStep::is_taint}) {
    if (const size_t source = FirstWith(steps, role); source < sink) return {source, sink};
  }
  return {0, sink};
}

}  // namespace flowmon
