#include "runtime/instrument/cc_args.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>
#include <string_view>

namespace flowmon {
namespace {

// clang-format off
// Options whose value is the next argument, when it is not joined to them.
constexpr std::string_view kTakesValue[] = {
    "--param", "--serialize-diagnostics", "--sysroot", "--target", "-A", "-B", "-D", "-F", "-G",
    "-I", "-L", "-MF", "-MJ", "-MQ", "-MT", "-T", "-Tbss", "-Tdata", "-Ttext", "-U",
    "-Xanalyzer", "-Xassembler", "-Xclang", "-Xlinker", "-Xpreprocessor", "-arch", "-aux-info",
    "-cxx-isystem", "-dependency-dot", "-dependency-file", "-e", "-framework", "-h",
    "-idirafter", "-iframework", "-imacros", "-include", "-include-pch", "-iprefix", "-iquote",
    "-isysroot", "-isystem", "-isystem-after", "-ivfsoverlay", "-iwithprefix",
    "-iwithprefixbefore", "-l", "-mllvm", "-o", "--output", "-rpath", "-target", "-u", "-x",
    "-z"};

// Nothing is linked with these.
constexpr std::string_view kStopsBeforeLink[] = {
    "-c", "-S", "-E", "-M", "-MM", "-fsyntax-only", "--analyze", "--precompile", "-r", "-Wl,-r",
    "-Wl,--relocatable", "-###", "--version", "-emit-ast", "-dumpversion", "-dumpmachine"};

constexpr std::string_view kSourceSuffixes[] = {
    ".c", ".cc", ".cp", ".cpp", ".CPP", ".cppm", ".cxx", ".c++", ".C", ".i", ".ii", ".m", ".M",
    ".mm", ".mi", ".mii", ".bc", ".ll", ".S", ".cu", ".ixx"};

// clang-format on

bool IsIn(std::span<const std::string_view> list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool IsSource(std::string_view input) {
  if (input == "-") return true;
  const size_t dot = input.rfind('.');
  return dot != std::string_view::npos && IsIn(kSourceSuffixes, input.substr(dot));
}

bool IsProbeName(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.starts_with("conftest") || name.starts_with("cmTC_") ||
         path.find("meson-private/") != std::string_view::npos ||
         path.find("CMakeFiles/") != std::string_view::npos;
}

// -g options that say how, not whether.
bool IsDebugDetail(std::string_view arg) {
  constexpr std::string_view kDetails[] = {
      "-gz",           "-gno-",         "-grecord",       "-gpubnames",     "-ggnu-pubnames",
      "-gcolumn-info", "-gsplit-dwarf", "-gstrict-dwarf", "-gembed-source", "-gdwarf64"};
  return std::any_of(std::begin(kDetails), std::end(kDetails),
                     [&](std::string_view detail) { return arg.starts_with(detail); });
}

bool IsInformation(std::string_view arg) {
  return arg.starts_with("-print-") || arg.starts_with("--print-") || arg.starts_with("--help");
}

std::vector<std::string> WithResponseFiles(const std::vector<std::string>& args, int depth = 0) {
  constexpr int kMaxDepth = 20;
  std::vector<std::string> result;
  for (const std::string& arg : args) {
    std::ifstream file;
    if (arg.size() > 1 && arg[0] == '@' && depth < kMaxDepth) file.open(arg.substr(1));
    if (!file.is_open()) {
      result.push_back(arg);
      continue;
    }
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::ranges::move(WithResponseFiles(SplitResponseFile(text), depth + 1),
                      std::back_inserter(result));
  }
  return result;
}

class Analyzer {
 public:
  explicit Analyzer(const std::string& working_dir) {
    request_.output = "a.out";
    request_.is_probe = IsProbeName(working_dir + "/");
  }

  void Add(const std::string& arg) {
    if (!takes_value_.empty()) {
      if (takes_value_ == "-o" || takes_value_ == "--output") request_.output = arg;
      if (takes_value_ == "-Xlinker" && arg == "-r") stops_ = true;
      if (takes_value_ == "-x") has_language_ = arg != "none";
      takes_value_.clear();
    } else if (arg == "--" && !only_inputs_) {
      only_inputs_ = true;
    } else if (only_inputs_ || arg.empty() || arg[0] != '-' || arg == "-") {
      AddInput(arg);
    } else {
      AddOption(arg);
    }
  }

  CcRequest Finish() {
    request_.links = has_input_ && !stops_;
    request_.is_probe = request_.is_probe || IsProbeName(request_.output);
    return request_;
  }

 private:
  void AddInput(const std::string& input) {
    has_input_ = true;
    request_.compiles = request_.compiles || has_language_ || IsSource(input);
    const bool is_in_probe = IsProbeName(input) && input.find('/') == std::string::npos;
    request_.is_probe = request_.is_probe || is_in_probe;
  }

  void AddOption(const std::string& arg) {
    if (arg == "-l" || arg.starts_with("-l")) has_input_ = true;
    if (arg.starts_with("-x") && arg.size() > 2) {
      has_language_ = arg != "-xnone";
    } else if (IsIn(kTakesValue, arg)) {
      takes_value_ = arg;
    } else if (IsIn(kStopsBeforeLink, arg) || IsInformation(arg)) {
      stops_ = true;
    } else if (arg.starts_with("--output=")) {
      request_.output = arg.substr(9);
    } else if (arg.starts_with("-o") && !arg.starts_with("-obj")) {
      request_.output = arg.substr(2);
    } else if (arg.starts_with("-g")) {
      AddDebug(arg);
    } else if (arg.starts_with("-fsanitize-coverage=") ||
               (arg.starts_with("-fsanitize=") && arg.find("fuzzer") != std::string::npos)) {
      request_.has_clang_coverage = true;
    }
  }

  void AddDebug(std::string_view arg) {
    if (arg == "-gno-column-info") request_.hides_columns = true;
    if (arg == "-gcolumn-info") request_.hides_columns = false;
    if (!IsDebugDetail(arg)) request_.has_debug = arg != "-g0" && arg != "-ggdb0";
  }

  CcRequest request_;
  std::string takes_value_;  // the option that the next argument belongs to
  bool has_input_ = false;
  bool has_language_ = false;
  bool only_inputs_ = false;
  bool stops_ = false;
};

}  // namespace

std::vector<std::string> SplitResponseFile(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size()) {
      word += text[++i];
      in_word = true;
    } else if (quote != 0 ? c == quote : c == '"' || c == '\'') {
      quote = quote != 0 ? 0 : c;
      in_word = true;
    } else if (quote == 0 && std::string_view(" \t\r\n\f\v").find(c) != std::string_view::npos) {
      if (in_word) words.push_back(std::move(word));
      word.clear();
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (in_word) words.push_back(std::move(word));
  return words;
}

CcRequest AnalyzeCcArgs(const std::vector<std::string>& args, const std::string& working_dir) {
  Analyzer analyzer(working_dir);
  for (const std::string& arg : WithResponseFiles(args)) analyzer.Add(arg);
  CcRequest request = analyzer.Finish();
  request.end_of_options =
      static_cast<size_t>(std::find(args.begin(), args.end(), "--") - args.begin());
  return request;
}

}  // namespace flowmon
