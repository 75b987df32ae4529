#include "test/matching/population.h"

#include <map>
#include <utility>

#include "clang/AST/ASTContext.h"
#include "clang/AST/Mangle.h"
#include "clang/AST/RecursiveASTVisitor.h"
#include "clang/Basic/Builtins.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "llvm/IR/Module.h"
#include "test/matching/code_positions.h"
#include "test/matching/live_code.h"

namespace flowmon::test {
namespace {

using clang::dyn_cast;
using clang::dyn_cast_or_null;
using clang::isa;

// Nodes that nobody wrote.
bool IsImplicit(const clang::Stmt& statement) {
  if (const auto* self = dyn_cast<clang::CXXThisExpr>(&statement)) return self->isImplicit();
  return isa<clang::ImplicitCastExpr, clang::MaterializeTemporaryExpr, clang::FullExpr,
             clang::CXXBindTemporaryExpr, clang::CXXDefaultArgExpr, clang::CXXDefaultInitExpr,
             clang::ImplicitValueInitExpr, clang::OpaqueValueExpr>(statement);
}

// Operands that are never evaluated.
bool HasUnevaluatedOperand(const clang::Stmt& statement) {
  if (const auto* trait = dyn_cast<clang::UnaryExprOrTypeTraitExpr>(&statement)) {
    return trait->getKind() != clang::UETT_SizeOf || trait->isArgumentType() ||
           !trait->getTypeOfArgument()->isVariableArrayType();
  }
  if (const auto* id = dyn_cast<clang::CXXTypeidExpr>(&statement)) {
    return !id->isPotentiallyEvaluated();
  }
  return isa<clang::CXXNoexceptExpr, clang::TypeTraitExpr, clang::OffsetOfExpr>(statement);
}

bool IsConstant(const clang::ASTContext& context, const clang::Expr& expression) {
  if (isa<clang::StringLiteral, clang::CXXNullPtrLiteralExpr>(expression)) return true;
  clang::Expr::EvalResult result;
  return expression.isPRValue() && !expression.getType()->isVoidType() &&
         !expression.getType()->isRecordType() && expression.EvaluateAsRValue(result, context) &&
         !result.HasSideEffects;
}

const clang::Expr* ConditionOf(const clang::Stmt& statement) {
  if (const auto* choice = dyn_cast<clang::IfStmt>(&statement)) return choice->getCond();
  if (const auto* loop = dyn_cast<clang::WhileStmt>(&statement)) return loop->getCond();
  if (const auto* loop = dyn_cast<clang::DoStmt>(&statement)) return loop->getCond();
  if (const auto* loop = dyn_cast<clang::ForStmt>(&statement)) return loop->getCond();
  if (const auto* choice = dyn_cast<clang::SwitchStmt>(&statement)) return choice->getCond();
  if (const auto* choice = dyn_cast<clang::ConditionalOperator>(&statement)) {
    return choice->getCond();
  }
  return nullptr;
}

class Walker : public clang::RecursiveASTVisitor<Walker> {
  using Base = clang::RecursiveASTVisitor<Walker>;

 public:
  Walker(clang::ASTContext& context, const llvm::Module& module)
      : context_(context),
        sources_(context.getSourceManager()),
        names_(context),
        code_(CodePositions(module)),
        module_(module) {}

  std::vector<Sample> Take() {
    std::vector<Sample> result;
    for (auto& [key, sample] : samples_) result.push_back(std::move(sample));
    return result;
  }

  bool shouldVisitTemplateInstantiations() const { return true; }

  bool TraverseDecl(clang::Decl* declaration) {
    if (declaration == nullptr || isa<clang::StaticAssertDecl, clang::EnumDecl>(declaration)) {
      return true;
    }
    const bool was_in_code = in_code_;
    const size_t depth = parents_.size();
    if (auto* function = dyn_cast<clang::FunctionDecl>(declaration)) {
      in_code_ = function->doesThisDeclarationHaveABody() && IsEmitted(*function);
      if (in_code_) AddFunction(*function);
    } else if (auto* variable = dyn_cast<clang::VarDecl>(declaration)) {
      if (!variable->isLocalVarDeclOrParm()) {
        in_code_ = variable->hasInit() && !variable->getType()->isDependentType() &&
                   !variable->hasConstantInitialization() && IsEmitted(*variable);
      }
      // The initial value of a static variable is no code, unless it is computed at run time.
      if (variable->isStaticLocal() && variable->hasConstantInitialization()) in_code_ = false;
      if (in_code_) AddVariable(*variable);
      parents_.push_back({nullptr, PositionOf(variable->getLocation()),
                          PositionOf(variable->getBeginLoc()), PositionOf(variable->getEndLoc())});
    }
    // A default argument's code is at its calls, and has their places.
    const bool go_on = isa<clang::ParmVarDecl>(declaration) || Base::TraverseDecl(declaration);
    in_code_ = was_in_code;
    parents_.resize(depth);
    return go_on;
  }

  bool TraverseConstructorInitializer(clang::CXXCtorInitializer* initializer) {
    const Position place = PositionOf(initializer->getSourceLocation());
    parents_.push_back({nullptr, place, place, PositionOf(initializer->getRParenLoc())});
    const bool go_on = Base::TraverseConstructorInitializer(initializer);
    parents_.pop_back();
    return go_on;
  }

  // What a type or a template argument holds is constant, but for the bound of a variable array.
  bool TraverseConstantArrayTypeLoc(clang::ConstantArrayTypeLoc) { return true; }
  bool TraverseDecltypeTypeLoc(clang::DecltypeTypeLoc) { return true; }
  bool TraverseTypeOfExprTypeLoc(clang::TypeOfExprTypeLoc) { return true; }
  bool TraverseTemplateArgumentLoc(const clang::TemplateArgumentLoc&) { return true; }

  // A generic lambda's code is in the instances of its call operator.
  bool TraverseLambdaExpr(clang::LambdaExpr* lambda) {
    for (clang::Expr* init : lambda->capture_inits()) {
      if (init != nullptr && !TraverseStmt(init)) return false;
    }
    clang::CXXMethodDecl* call = lambda->getCallOperator();
    if (clang::FunctionTemplateDecl* pattern = call->getDescribedFunctionTemplate()) {
      for (clang::FunctionDecl* instance : pattern->specializations()) {
        if (!TraverseDecl(instance)) return false;
      }
      return true;
    }
    return TraverseDecl(call);
  }

  bool dataTraverseStmtPre(clang::Stmt* statement) {
    if (!in_code_) return true;
    const clang::Stmt* parent = parents_.empty() ? nullptr : parents_.back().statement;
    if (parent != nullptr && IsSkipped(*parent, *statement)) return false;
    if (auto* choice = dyn_cast<clang::SwitchStmt>(statement)) {
      const std::vector<const clang::Stmt*> dead = DeadCases(context_, *choice);
      dead_.insert(dead.begin(), dead.end());
    }
    if (const clang::Expr* condition = ConditionOf(*statement)) {
      conditions_.insert(condition->IgnoreImplicit());
    }
    auto* expression = dyn_cast<clang::Expr>(statement);
    if (expression != nullptr && !IsImplicit(*statement)) AddExpression(*expression);
    if (HasUnevaluatedOperand(*statement)) return false;
    parents_.push_back(
        {statement,
         PositionOf(expression != nullptr ? expression->getExprLoc() : statement->getBeginLoc()),
         PositionOf(statement->getBeginLoc()), PositionOf(statement->getEndLoc())});
    return true;
  }

  bool dataTraverseStmtPost(clang::Stmt*) {
    if (in_code_) parents_.pop_back();
    return true;
  }

 private:
  struct Parent {
    const clang::Stmt* statement;  // nullptr: a declaration
    Position position;
    Position begin, end;
  };

  bool IsSkipped(const clang::Stmt& parent, const clang::Stmt& child) const {
    if (const auto* label = dyn_cast<clang::CaseStmt>(&parent)) {
      return &child == label->getLHS() || &child == label->getRHS();
    }
    const clang::Expr* condition = ConditionOf(parent);
    if (&child == condition && IsConstantCondition(context_, *condition)) return true;
    if (dead_.contains(&child)) return true;
    if (const auto* call = dyn_cast<clang::CallExpr>(&parent)) {
      return call->getBuiltinCallee() == clang::Builtin::BI__builtin_constant_p;
    }
    return IsDeadChild(context_, parent, child);
  }

  bool IsEmitted(const clang::NamedDecl& declaration) {
    if (declaration.getDeclContext()->isDependentContext()) return false;
    if (const auto* function = dyn_cast<clang::FunctionDecl>(&declaration)) {
      if (function->isDependentContext()) return false;
    }
    for (const std::string& name : SymbolNames(declaration)) {
      const llvm::GlobalValue* value = module_.getNamedValue(name);
      if (value != nullptr && !value->isDeclaration() && !value->hasAvailableExternallyLinkage()) {
        return true;
      }
    }
    return false;
  }

  std::vector<std::string> SymbolNames(const clang::NamedDecl& declaration) {
    if (isa<clang::CXXConstructorDecl, clang::CXXDestructorDecl>(declaration)) {
      return names_.getAllManglings(&declaration);
    }
    return {names_.getName(&declaration)};
  }

  Position PositionOf(clang::SourceLocation location) const {
    const clang::PresumedLoc presumed = sources_.getPresumedLoc(sources_.getExpansionLoc(location));
    return presumed.isValid() ? Position{presumed.getLine(), presumed.getColumn()} : Position{};
  }

  // nullptr if no code can have this range: in a system header, over several lines, or empty.
  Sample* Add(clang::CharSourceRange range, const char* kind, const char* spelled) {
    const clang::SourceLocation begin = range.getBegin();
    if (begin.isInvalid() || !begin.isFileID() || range.getEnd().isInvalid() ||
        !range.getEnd().isFileID() || sources_.isInSystemHeader(begin)) {
      return nullptr;
    }
    const unsigned token_size =
        range.isTokenRange()
            ? clang::Lexer::MeasureTokenLength(range.getEnd(), sources_, context_.getLangOpts())
            : 0;
    const clang::PresumedLoc first = sources_.getPresumedLoc(begin);
    const clang::PresumedLoc end = sources_.getPresumedLoc(range.getEnd());
    const clang::FileEntry* file = sources_.getFileEntryForID(sources_.getFileID(begin));
    const uint32_t col_end = end.getColumn() + token_size - 1;
    if (file == nullptr || first.getLine() != end.getLine() || col_end < first.getColumn()) {
      return nullptr;
    }
    Sample sample;
    sample.file = RealPath(file->tryGetRealPathName().str());
    sample.line = first.getLine();
    sample.col_start = first.getColumn();
    sample.col_end = col_end;
    sample.kind = kind;
    sample.spelled = spelled;
    Sample& entry = samples_.try_emplace(SampleKey(sample), sample).first->second;
    FindCode(entry);
    return &entry;
  }

  void FindCode(Sample& sample) const {
    const auto code = code_.find(sample.file);
    if (code == code_.end()) return;
    const auto first = code->second.lower_bound({sample.line, sample.col_start});
    if (first != code->second.end() && *first <= Position{sample.line, sample.col_end}) {
      sample.has_code = true;
    }
    // The innermost node with code at its own place, else with any code.
    for (auto parent = parents_.rbegin(); parent != parents_.rend(); ++parent) {
      if (code->second.contains(parent->position)) {
        sample.code.insert(parent->position);
      } else if (parent->end.line != 0) {
        sample.code.insert(code->second.lower_bound(parent->begin),
                           code->second.upper_bound(parent->end));
      }
      if (!sample.code.empty()) return;
    }
  }

  using Key = std::tuple<std::string, uint32_t, uint32_t, uint32_t>;
  static Key SampleKey(const Sample& sample) { return sample.Key(); }

  void AddName(clang::SourceLocation name, const char* kind) {
    const bool in_macro = name.isMacroID();
    Sample* sample = Add(in_macro ? sources_.getExpansionRange(name)
                                  : clang::CharSourceRange::getTokenRange(name, name),
                         kind, in_macro ? "macro" : "plain");
    if (sample != nullptr) sample->own.insert(PositionOf(name));
  }

  void AddFunction(const clang::FunctionDecl& function) {
    if (function.isImplicit()) return;
    AddName(function.getLocation(), "function");
  }

  void AddVariable(const clang::VarDecl& variable) {
    // A variable that lives in no function has code only for its initial value.
    if (variable.isImplicit() || variable.getDeclName().isEmpty() ||
        !variable.isLocalVarDeclOrParm() || !variable.hasLocalStorage()) {
      return;
    }
    AddName(variable.getLocation(), isa<clang::ParmVarDecl>(variable) ? "parameter" : "variable");
  }

  std::string KindOf(const clang::Expr& expression) {
    if (conditions_.contains(&expression)) return "condition";
    if (IsConstant(context_, expression)) return "constant";
    const clang::Expr& inner = *expression.IgnoreParens();
    if (const auto* reference = dyn_cast<clang::DeclRefExpr>(&inner)) {
      return isa<clang::VarDecl>(reference->getDecl()) ? "variable use" : "function name";
    }
    if (const auto* member = dyn_cast<clang::MemberExpr>(&inner)) {
      return isa<clang::CXXMethodDecl>(member->getMemberDecl()) ? "function name" : "member access";
    }
    if (isa<clang::ArraySubscriptExpr>(inner)) return "array access";
    if (isa<clang::CallExpr, clang::CXXNewExpr, clang::CXXDeleteExpr>(inner)) return "call";
    if (const auto* construct = dyn_cast<clang::CXXConstructExpr>(&inner)) {
      return construct->getConstructor()->isTrivial() ? "expression" : "call";
    }
    const auto* binary = dyn_cast<clang::BinaryOperator>(&inner);
    return binary != nullptr && binary->isAssignmentOp() ? "assignment" : "expression";
  }

  void AddExpression(const clang::Expr& expression) {
    const clang::SourceLocation begin = expression.getBeginLoc();
    const clang::SourceLocation end = expression.getEndLoc();
    if (begin.isInvalid() || end.isInvalid()) return;
    const std::string kind = KindOf(expression);
    if (!begin.isMacroID() && !end.isMacroID()) {
      Describe(Add(clang::CharSourceRange::getTokenRange(begin, end), kind.c_str(), "plain"),
               expression);
      return;
    }
    if (sources_.isMacroArgExpansion(begin) && sources_.isMacroArgExpansion(end)) {
      Describe(Add(clang::CharSourceRange::getTokenRange(sources_.getFileLoc(begin),
                                                         sources_.getFileLoc(end)),
                   kind.c_str(), "macro argument"),
               expression);
    }
    Describe(Add(sources_.getExpansionRange(expression.getSourceRange()), kind.c_str(), "macro"),
             expression);
  }

  // What is assigned to has its code at the operator.
  void AddAssignment(Sample& sample, const clang::Expr& expression) {
    for (auto parent = parents_.rbegin(); parent != parents_.rend(); ++parent) {
      if (parent->statement == nullptr) return;
      if (isa<clang::ParenExpr>(parent->statement)) continue;
      const auto* binary = dyn_cast<clang::BinaryOperator>(parent->statement);
      const auto* unary = dyn_cast<clang::UnaryOperator>(parent->statement);
      if ((binary != nullptr && binary->isAssignmentOp() &&
           binary->getLHS()->IgnoreParens() == expression.IgnoreParens()) ||
          (unary != nullptr && unary->isIncrementDecrementOp())) {
        sample.own.insert(parent->position);
      }
      return;
    }
  }

  void Describe(Sample* sample, const clang::Expr& expression) {
    if (sample == nullptr) return;
    sample->own.insert(PositionOf(expression.getExprLoc()));
    const clang::Expr& inner = *expression.IgnoreParens();
    sample->own.insert(PositionOf(inner.getExprLoc()));
    AddAssignment(*sample, expression);
    const clang::NamedDecl* callee = nullptr;
    if (const auto* call = dyn_cast<clang::CallExpr>(&inner)) {
      callee = dyn_cast_or_null<clang::FunctionDecl>(call->getCalleeDecl());
    } else if (const auto* construct = dyn_cast<clang::CXXConstructExpr>(&inner)) {
      callee = construct->getConstructor();
    }
    if (callee == nullptr) return;
    for (const std::string& name : SymbolNames(*callee)) sample->callees.insert(name);
  }

  clang::ASTContext& context_;
  const clang::SourceManager& sources_;
  clang::ASTNameGenerator names_;
  std::map<std::string, std::set<Position>> code_;
  const llvm::Module& module_;
  std::map<Key, Sample> samples_;
  std::set<const clang::Expr*> conditions_;
  std::set<const clang::Stmt*> dead_;
  std::vector<Parent> parents_;
  bool in_code_ = false;
};

}  // namespace

std::vector<Sample> CollectPopulation(clang::ASTContext& context, const llvm::Module& module) {
  Walker walker(context, module);
  walker.TraverseDecl(context.getTranslationUnitDecl());
  return walker.Take();
}

}  // namespace flowmon::test
