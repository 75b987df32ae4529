// matching_sampler: draws source ranges from clang's syntax tree and writes them as a .flowdb,
// together with what is right for each. scripts/matching uses it to measure flow-cc.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "clang/AST/ASTConsumer.h"
#include "clang/CodeGen/ModuleBuilder.h"
#include "clang/Frontend/CompilerInstance.h"
#include "clang/Frontend/FrontendActions.h"
#include "clang/Frontend/MultiplexConsumer.h"
#include "clang/Tooling/CompilationDatabase.h"
#include "clang/Tooling/Tooling.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/TargetSelect.h"
#include "test/matching/population.h"

namespace flowmon::test {
namespace {

namespace cl = llvm::cl;

cl::list<std::string> source_files(cl::Positional, cl::OneOrMore, cl::desc("FILE..."));
cl::opt<std::string> database("flowdb", cl::Required, cl::desc("The .flowdb to write"));
cl::opt<std::string> truth("truth", cl::Required, cl::desc("The JSON to write: what is right"));
cl::opt<unsigned> count("count", cl::init(0), cl::desc("How many ranges to draw, 0 = all"));
cl::opt<unsigned> seed("seed", cl::init(1), cl::desc("Of the drawing"));

using Population = std::map<std::tuple<std::string, uint32_t, uint32_t, uint32_t>, Sample>;

// Several units may have the same header, and different code for it.
void Merge(Population& population, std::vector<Sample> samples) {
  for (Sample& sample : samples) {
    const auto [entry, is_new] = population.try_emplace(sample.Key(), sample);
    if (is_new) continue;
    Sample& known = entry->second;
    known.own.merge(sample.own);
    known.callees.merge(sample.callees);
    known.code.merge(sample.code);
    known.has_code = known.has_code || sample.has_code;
  }
}

// Runs after clang's own code generator, which says what is emitted.
class Collector : public clang::ASTConsumer {
 public:
  Collector(clang::CodeGenerator& generator, Population& population)
      : generator_(generator), population_(population) {}
  void HandleTranslationUnit(clang::ASTContext& context) override {
    const llvm::Module* module = generator_.GetModule();
    if (module != nullptr) Merge(population_, CollectPopulation(context, *module));
  }

 private:
  clang::CodeGenerator& generator_;
  Population& population_;
};

class Action : public clang::ASTFrontendAction {
 public:
  explicit Action(Population& population) : population_(population) {}
  std::unique_ptr<clang::ASTConsumer> CreateASTConsumer(clang::CompilerInstance& compiler,
                                                        llvm::StringRef file) override {
    std::unique_ptr<clang::CodeGenerator> generator(clang::CreateLLVMCodeGen(
        compiler.getDiagnostics(), file, compiler.getHeaderSearchOpts(),
        compiler.getPreprocessorOpts(), compiler.getCodeGenOpts(), context_));
    auto collector = std::make_unique<Collector>(*generator, population_);
    std::vector<std::unique_ptr<clang::ASTConsumer>> consumers;
    consumers.push_back(std::move(generator));
    consumers.push_back(std::move(collector));
    return std::make_unique<clang::MultiplexConsumer>(std::move(consumers));
  }

 private:
  llvm::LLVMContext context_;
  Population& population_;
};

class Factory : public clang::tooling::FrontendActionFactory {
 public:
  explicit Factory(Population& population) : population_(population) {}
  std::unique_ptr<clang::FrontendAction> create() override {
    return std::make_unique<Action>(population_);
  }

 private:
  Population& population_;
};

// Moves them out of `population`.
std::vector<Sample> Draw(Population& population) {
  std::vector<Sample> samples;
  for (auto& [key, sample] : population) samples.push_back(std::move(sample));
  std::shuffle(samples.begin(), samples.end(), std::mt19937(seed));
  if (count != 0 && samples.size() > count) samples.resize(count);
  return samples;
}

// Each range four times: as it is, moved by one column either way, and without columns.
void WriteFlowDb(const std::vector<Sample>& samples, std::ostream& out) {
  static constexpr const char* kKinds[] = {"SOURCE", "SINK", "INTERMEDIATE"};
  uint32_t id = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const Sample& sample = samples[i];
    const uint32_t start = sample.col_start, end = sample.col_end;
    const std::pair<uint32_t, uint32_t> columns[] = {
        {start, end},
        {start + 1, end + 1},
        {std::max(start, 2u) - 1, std::max(end, 2u) - 1},
        {0, 0}};
    for (const auto& [first, last] : columns) {
      out << kKinds[i % 3] << "," << ++id << "," << sample.file << "," << sample.line << ","
          << first << "," << last << "\n";
    }
  }
  out << "SOURCE,0,nowhere.c,1,0,0\nSINK,0,nowhere.c,1,0,0\nFLOW,0,0,0,[],sample\n";
}

nlohmann::json Json(const std::set<Position>& positions) {
  nlohmann::json array = nlohmann::json::array();
  for (const Position& position : positions) array.push_back({position.line, position.column});
  return array;
}

void WriteTruth(const std::vector<Sample>& samples, std::ostream& out) {
  nlohmann::json array = nlohmann::json::array();
  for (const Sample& sample : samples) {
    array.push_back({{"file", sample.file},
                     {"line", sample.line},
                     {"col_start", sample.col_start},
                     {"col_end", sample.col_end},
                     {"kind", sample.kind},
                     {"spelled", sample.spelled},
                     {"own", Json(sample.own)},
                     {"callees", sample.callees},
                     {"has_code", sample.has_code},
                     {"code", Json(sample.code)}});
  }
  out << array << "\n";
}

int Main(int argc, const char** argv) {
  std::string error;
  // Takes the flags behind "--".
  const std::unique_ptr<clang::tooling::FixedCompilationDatabase> flags =
      clang::tooling::FixedCompilationDatabase::loadFromCommandLine(argc, argv, error);
  cl::ParseCommandLineOptions(argc, argv, "Draws source ranges from clang's syntax tree.\n");
  if (flags == nullptr) {
    std::fprintf(stderr, "matching_sampler: give the compiler's flags behind --\n");
    return 2;
  }
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  clang::tooling::ClangTool tool(*flags, source_files);
  Population population;
  Factory factory(population);
  if (tool.run(&factory) != 0) return 1;
  const size_t size = population.size();
  const std::vector<Sample> samples = Draw(population);
  std::ofstream flowdb(database);
  WriteFlowDb(samples, flowdb);
  flowdb.close();
  std::ofstream json(truth);
  WriteTruth(samples, json);
  json.close();
  if (flowdb.fail() || json.fail()) {
    std::fprintf(stderr, "matching_sampler: cannot write %s or %s\n", database.c_str(),
                 truth.c_str());
    return 1;
  }
  std::printf("%zu of %zu ranges\n", samples.size(), size);
  return 0;
}

}  // namespace
}  // namespace flowmon::test

int main(int argc, const char** argv) {
  try {
    return flowmon::test::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "matching_sampler: %s\n", error.what());
    return 1;
  }
}
