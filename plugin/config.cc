#include "plugin/config.h"

#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "plugin/config_files.h"
#include "plugin/config_keys.h"
#include "plugin/config_suggest.h"

namespace flowmon {
namespace {

class Loader {
 public:
  Loader() {
    for (const ConfigKey& key : ConfigKeys()) origins_.emplace(key.path, "default");
  }

  absl::Status ApplyFile(const std::string& file, const std::string& where,
                         const std::string& profile_dir) {
    if (file.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, ": the name of the configuration file is empty"));
    }
    absl::StatusOr<std::vector<ConfigFile>> files = ReadConfigFiles(file, where, profile_dir);
    if (!files.ok()) return files.status();
    for (const ConfigFile& read : *files) {
      for (const YamlSetting& setting : read.settings) {
        const std::string place = absl::StrFormat("%s:%d", read.path, setting.line);
        absl::Status status = Set(*setting.key, setting.text,
                                  absl::StrFormat("%s: %s", place, setting.key->path), place);
        if (!status.ok()) return status;
      }
    }
    return absl::OkStatus();
  }

  absl::Status ApplyEnvironment(const absl::btree_map<std::string, std::string>& variables) {
    for (const ConfigKey& key : ConfigKeys()) {
      // The stronger name last.
      for (const std::string& name : {std::string(key.environment_alias), EnvironmentName(key)}) {
        const auto found = variables.find(name);
        if (found == variables.end()) continue;
        const std::string place = absl::StrCat("environment: ", name);
        if (absl::Status status = Set(key, found->second, place, place); !status.ok())
          return status;
      }
    }
    return absl::OkStatus();
  }

  absl::Status ApplyOverride(std::string_view text) {
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
      return absl::InvalidArgumentError(absl::StrCat("command line: ", QuoteForMessage(text),
                                                     " is not of the form group.key=value"));
    }
    const std::string_view path = text.substr(0, equals);
    const ConfigKey* key = FindConfigKey(path);
    if (key == nullptr) {
      const size_t dot = path.find('.');
      const bool in_group = dot != std::string_view::npos && IsConfigGroup(path.substr(0, dot));
      return absl::InvalidArgumentError(
          absl::StrCat("command line: unknown key ", QuoteForMessage(path),
                       in_group ? SuggestConfigKey(path.substr(0, dot), path.substr(dot + 1))
                                : SuggestConfigKey("", path)));
    }
    return Set(*key, text.substr(equals + 1), absl::StrFormat("command line: %s", path),
               "command line");
  }

  const Config& config() const { return config_; }
  ConfigOrigins TakeOrigins() && { return std::move(origins_); }

 private:
  absl::Status Set(const ConfigKey& key, std::string_view text, const std::string& where,
                   const std::string& origin) {
    if (absl::Status status = SetConfigValue(key, text, config_); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(where, ": ", status.message()));
    }
    origins_[std::string(key.path)] = origin;
    return absl::OkStatus();
  }

  Config config_;
  ConfigOrigins origins_;
};

// The variables that concern flowmon. One that begins like ours but is not known is an error: it
// would be a setting without effect.
absl::StatusOr<absl::btree_map<std::string, std::string>> CollectVariables(
    const char* const* environment) {
  absl::btree_map<std::string, std::string> known;
  for (const ConfigKey& key : ConfigKeys()) {
    known.emplace(EnvironmentName(key), "");
    if (!key.environment_alias.empty()) known.emplace(key.environment_alias, "");
  }
  known.emplace(kConfigVariable, "");

  absl::btree_map<std::string, std::string> variables;
  for (; environment != nullptr && *environment != nullptr; ++environment) {
    const std::string_view entry = *environment;
    const std::string_view name = entry.substr(0, entry.find('='));
    if (name.size() == entry.size()) continue;
    if (known.contains(std::string(name))) {
      variables.emplace(name, entry.substr(name.size() + 1));
    } else if (name.starts_with(kEnvironmentPrefix)) {
      return absl::InvalidArgumentError(
          absl::StrCat("environment: ", absl::Utf8SafeCEscape(std::string(name)),
                       ": unknown variable", SuggestEnvironmentName(name)));
    }
  }
  return variables;
}

}  // namespace

absl::StatusOr<Config> LoadConfig(const ConfigSources& sources, ConfigOrigins* origins) {
  Loader loader;
  auto variables = CollectVariables(sources.environment);
  if (!variables.ok()) return variables.status();

  absl::Status status;
  if (sources.file.has_value()) {
    status = loader.ApplyFile(*sources.file, "command line", sources.profile_dir);
  } else if (const auto found = variables->find(std::string(kConfigVariable));
             found != variables->end()) {
    status = loader.ApplyFile(found->second, absl::StrFormat("environment: %s", kConfigVariable),
                              sources.profile_dir);
  }
  if (!status.ok()) return status;
  if (status = loader.ApplyEnvironment(*variables); !status.ok()) return status;
  for (const std::string& text : sources.overrides) {
    if (status = loader.ApplyOverride(text); !status.ok()) return status;
  }
  Config config = loader.config();
  if (origins != nullptr) *origins = std::move(loader).TakeOrigins();
  return config;
}

std::string FormatConfig(const Config& config, const ConfigOrigins* origins) {
  std::string out = "# flowmon: every key of the configuration. doc/CONFIG.md says more.\n";
  std::string_view group;
  const Config defaults;
  for (const ConfigKey& key : ConfigKeys()) {
    if (key.group() != group) {
      group = key.group();
      absl::StrAppendFormat(&out, "\n%s:\n", group);
    }
    absl::StrAppendFormat(&out, "  # %s.\n  # Value: %s. Default: %s\n  %s: %s", key.doc,
                          DescribeType(key), FormatConfigValue(key, defaults), key.name(),
                          FormatConfigValue(key, config));
    if (origins != nullptr) {
      const auto found = origins->find(std::string(key.path));
      if (found != origins->end()) {
        absl::StrAppend(&out, "  # ", absl::Utf8SafeCEscape(found->second));
      }
    }
    out.push_back('\n');
  }
  return out;
}

}  // namespace flowmon
