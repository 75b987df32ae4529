#include "test/matching/live_code.h"

#include <algorithm>
#include <optional>

#include "clang/AST/ASTContext.h"
#include "clang/AST/Expr.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/Stmt.h"
#include "clang/AST/StmtCXX.h"

namespace flowmon::test {
namespace {

using clang::dyn_cast;
using clang::isa;

bool HasLabel(const clang::Stmt* statement) {
  if (statement == nullptr) return false;
  if (isa<clang::LabelStmt, clang::SwitchCase>(statement)) return true;
  return std::any_of(statement->child_begin(), statement->child_end(), HasLabel);
}

std::optional<bool> ConstantValue(const clang::ASTContext& context, const clang::Expr* condition) {
  clang::Expr::EvalResult result;
  if (condition == nullptr || condition->isValueDependent() ||
      !condition->EvaluateAsInt(result, context)) {
    return std::nullopt;
  }
  return result.Val.getInt().getBoolValue();
}

bool HasBreak(const clang::Stmt* statement) {
  if (statement == nullptr) return false;
  if (isa<clang::BreakStmt>(statement)) return true;
  if (isa<clang::WhileStmt, clang::DoStmt, clang::ForStmt, clang::SwitchStmt,
          clang::CXXForRangeStmt>(statement)) {
    return false;
  }
  return std::any_of(statement->child_begin(), statement->child_end(), HasBreak);
}

// Whether the end of the statement is reached as far as clang's code generator sees.
bool FallsThrough(const clang::ASTContext& context, const clang::Stmt* statement) {
  if (statement == nullptr) return true;
  if (isa<clang::ReturnStmt, clang::BreakStmt, clang::ContinueStmt, clang::GotoStmt>(statement)) {
    return false;
  }
  if (const auto* compound = dyn_cast<clang::CompoundStmt>(statement)) {
    bool falls = true;
    for (const clang::Stmt* child : compound->body()) {
      falls = (falls || HasLabel(child)) && FallsThrough(context, child);
    }
    return falls;
  }
  if (const auto* label = dyn_cast<clang::LabelStmt>(statement)) {
    return FallsThrough(context, label->getSubStmt());
  }
  if (const auto* choice = dyn_cast<clang::IfStmt>(statement)) {
    const std::optional<bool> value = ConstantValue(context, choice->getCond());
    const bool then_falls = FallsThrough(context, choice->getThen());
    const bool else_falls = FallsThrough(context, choice->getElse());
    if (value.has_value()) return *value ? then_falls : else_falls;
    return then_falls || else_falls;
  }
  const clang::Stmt* body = nullptr;
  if (const auto* loop = dyn_cast<clang::WhileStmt>(statement)) {
    if (ConstantValue(context, loop->getCond()) == true) body = loop->getBody();
  } else if (const auto* counted = dyn_cast<clang::ForStmt>(statement)) {
    if (counted->getCond() == nullptr || ConstantValue(context, counted->getCond()) == true) {
      body = counted->getBody();
    }
  }
  return body == nullptr || HasBreak(body);
}

// The arm that a constant condition never takes.
bool IsDeadArm(const clang::ASTContext& context, const clang::Expr* condition,
               const clang::Stmt* if_true, const clang::Stmt* if_false, const clang::Stmt* child) {
  const std::optional<bool> value = ConstantValue(context, condition);
  return value.has_value() && child == (*value ? if_false : if_true) && child != nullptr;
}

bool IsDead(const clang::ASTContext& context, const clang::Stmt& parent, const clang::Stmt& child) {
  if (const auto* compound = dyn_cast<clang::CompoundStmt>(&parent)) {
    bool live = true;
    for (const clang::Stmt* statement : compound->body()) {
      live = live || HasLabel(statement);
      if (statement == &child) return !live;
      live = live && FallsThrough(context, statement);
    }
    return false;
  }
  if (const auto* choice = dyn_cast<clang::IfStmt>(&parent)) {
    return IsDeadArm(context, choice->getCond(), choice->getThen(), choice->getElse(), &child);
  }
  if (const auto* choice = dyn_cast<clang::AbstractConditionalOperator>(&parent)) {
    return IsDeadArm(context, choice->getCond(), choice->getTrueExpr(), choice->getFalseExpr(),
                     &child);
  }
  if (const auto* loop = dyn_cast<clang::WhileStmt>(&parent)) {
    return IsDeadArm(context, loop->getCond(), loop->getBody(), nullptr, &child);
  }
  if (const auto* loop = dyn_cast<clang::ForStmt>(&parent)) {
    return IsDeadArm(context, loop->getCond(), loop->getBody(), nullptr, &child) ||
           IsDeadArm(context, loop->getCond(), loop->getInc(), nullptr, &child);
  }
  if (const auto* binary = dyn_cast<clang::BinaryOperator>(&parent);
      binary && binary->isLogicalOp()) {
    const bool is_and = binary->getOpcode() == clang::BO_LAnd;
    return &child == binary->getRHS() && ConstantValue(context, binary->getLHS()) == !is_and;
  }
  return false;
}

}  // namespace

bool IsDeadChild(const clang::ASTContext& context, const clang::Stmt& parent,
                 const clang::Stmt& child) {
  return IsDead(context, parent, child) && !HasLabel(&child);
}

bool IsConstantCondition(const clang::ASTContext& context, const clang::Expr& condition) {
  return ConstantValue(context, &condition).has_value();
}

std::vector<const clang::Stmt*> DeadCases(const clang::ASTContext& context,
                                          const clang::SwitchStmt& choice) {
  clang::Expr::EvalResult result;
  const auto* body = dyn_cast<clang::CompoundStmt>(choice.getBody());
  if (body == nullptr || choice.getCond()->isValueDependent() ||
      !choice.getCond()->EvaluateAsInt(result, context)) {
    return {};
  }
  const llvm::APSInt value = result.Val.getInt();
  const clang::SwitchCase* chosen = nullptr;
  for (const clang::SwitchCase* label = choice.getSwitchCaseList(); label != nullptr;
       label = label->getNextSwitchCase()) {
    const auto* known = dyn_cast<clang::CaseStmt>(label);
    if (known == nullptr) {
      if (chosen == nullptr) chosen = label;  // default
    } else if (llvm::APSInt::isSameValue(known->getLHS()->EvaluateKnownConstInt(context), value)) {
      chosen = label;
    }
  }
  std::vector<const clang::Stmt*> dead;
  bool live = false;
  for (const clang::Stmt* statement : body->body()) {
    const clang::Stmt* inner = statement;
    while (const auto* label = dyn_cast<clang::SwitchCase>(inner)) {
      live = live || label == chosen;
      inner = label->getSubStmt();
    }
    if (!live) dead.push_back(statement);
    live = live && FallsThrough(context, inner);
  }
  return dead;
}

}  // namespace flowmon::test
