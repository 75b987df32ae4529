#include "flowdb/sarif/result_facts.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

#include "absl/strings/ascii.h"
#include "flowdb/str_cat.h"

namespace flowmon {
namespace {

// What is shown or kept of a text is far shorter.
constexpr size_t kMaxMessageBytes = 4096;
constexpr size_t kMaxNameBytes = 1000;

const SarifComponent& ComponentOf(const SarifRun& run, const SarifResult& result) {
  if (result.component_index >= 0 &&
      static_cast<uint64_t>(result.component_index) < run.extensions.size()) {
    return run.extensions[static_cast<size_t>(result.component_index)];
  }
  if (!result.component_name.empty()) {
    for (const SarifComponent& extension : run.extensions) {
      if (extension.name == result.component_name) return extension;
    }
  }
  return run.driver;
}

const SarifRule* FindRule(const SarifComponent& component, const std::string& id) {
  const auto found = component.rule_of_id.find(id);
  return found == component.rule_of_id.end() ? nullptr : &component.rules[found->second];
}

const SarifRule* RuleOf(const SarifRun& run, const SarifComponent& component,
                        const SarifResult& result) {
  if (result.rule_index >= 0 && static_cast<uint64_t>(result.rule_index) < component.rules.size()) {
    return &component.rules[static_cast<size_t>(result.rule_index)];
  }
  // A result may name a part of a rule: "CA1000/part".
  for (std::string id = result.rule_id; !id.empty();
       id.resize(id.rfind('/') == std::string::npos ? 0 : id.rfind('/'))) {
    if (const SarifRule* rule = FindRule(component, id)) return rule;
    if (const SarifRule* rule = FindRule(run.driver, id)) return rule;
    for (const SarifComponent& extension : run.extensions) {
      if (const SarifRule* rule = FindRule(extension, id)) return rule;
    }
  }
  return nullptr;
}

bool IsLevel(std::string_view level) {
  return level == "error" || level == "warning" || level == "note" || level == "none";
}

std::string LevelOf(const SarifResult& result, const SarifRule* rule) {
  if (!result.kind.empty() && result.kind != "fail") return "none";
  if (IsLevel(result.level)) return result.level;
  if (rule != nullptr && IsLevel(rule->level)) return rule->level;
  return "warning";
}

std::string_view TextOf(const SarifMessage& message, const SarifComponent& component,
                        const SarifRule* rule) {
  if (!message.text.empty()) return message.text;
  if (rule != nullptr) {
    const auto found = rule->messages.find(message.id);
    if (found != rule->messages.end()) return found->second;
  }
  const auto found = component.global_messages.find(message.id);
  return found == component.global_messages.end() ? std::string_view(message.id) : found->second;
}

}  // namespace

std::string FilledMessage(std::string_view text, const std::vector<std::string>& arguments) {
  std::string filled;
  for (size_t i = 0; i < text.size() && filled.size() < kMaxMessageBytes; ++i) {
    const char c = text[i];
    if ((c == '{' || c == '}') && text.substr(i + 1, 1) == std::string_view(&c, 1)) {
      filled += c;
      ++i;
      continue;
    }
    uint32_t index = 0;
    const char* const end = text.data() + text.size();
    if (c == '{') {
      const auto [stop, error] = std::from_chars(text.data() + i + 1, end, index);
      if (error == std::errc() && stop != end && *stop == '}' && index < arguments.size()) {
        filled += arguments[index].substr(0, kMaxMessageBytes);
        i = static_cast<size_t>(stop - text.data());
        continue;
      }
    }
    filled += c;
  }
  return filled;
}

std::string PlainMessage(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() &&
        (text[i + 1] == '[' || text[i + 1] == ']' || text[i + 1] == '\\')) {
      plain += text[++i];
      continue;
    }
    if (text[i] == '[') {
      const size_t middle = text.find("](", i);
      const size_t end = middle == std::string_view::npos ? middle : text.find(')', middle);
      // The text of a link has no brackets of its own.
      if (end != std::string_view::npos && text.find_first_of("[]", i + 1) == middle) {
        StrAppend(&plain, text.substr(i + 1, middle - i - 1));
        i = end;
        continue;
      }
    }
    plain += text[i];
  }
  std::replace_if(
      plain.begin(), plain.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  absl::RemoveExtraAsciiWhitespace(&plain);
  return plain;
}

ResultFacts FactsOf(const SarifRun& run, const SarifResult& result) {
  const SarifComponent& component = ComponentOf(run, result);
  const SarifRule* rule = RuleOf(run, component, result);
  ResultFacts facts;
  facts.rule = result.rule_id.empty() && rule != nullptr ? rule->id : result.rule_id;
  facts.rule.resize(std::min(facts.rule.size(), kMaxNameBytes));
  facts.level = LevelOf(result, rule);
  facts.message = PlainMessage(
      FilledMessage(TextOf(result.message, component, rule), result.message.arguments));
  const auto& fingerprints =
      result.fingerprints.empty() ? result.partial_fingerprints : result.fingerprints;
  if (!fingerprints.empty()) {
    const auto& [key, value] = *fingerprints.begin();
    facts.fingerprint = StrCat(key, "=", value).substr(0, kMaxNameBytes);
  }
  return facts;
}

}  // namespace flowmon
