#include "core/fleet/constraint.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <regex>

namespace hakoban {

struct Constraint::Node {
  enum class Kind { all_of, any_of, negation, equals, one_of, exists, matches, unknowable };
  Kind kind = Kind::unknowable;
  std::string attribute;
  std::vector<std::string> values;
  std::optional<std::regex> pattern;
  std::vector<std::unique_ptr<const Node>> parts;

  [[nodiscard]] Verdict holds(const Attributes& attributes) const;
};

namespace {

Verdict truth(bool yes) {
  return yes ? Verdict::yes : Verdict::no;
}

Verdict opposite(Verdict verdict) {
  if (verdict == Verdict::unknown) return verdict;
  return truth(verdict == Verdict::no);
}

Verdict matching(const std::string& value, const std::regex& pattern) {
  try {
    return truth(std::regex_match(value, pattern));
  } catch (const std::regex_error&) {  // too complex for the library
    return Verdict::unknown;
  }
}

}  // namespace

Verdict Constraint::Node::holds(const Attributes& attributes) const {
  if (kind == Kind::negation) return opposite(parts.front()->holds(attributes));
  if (kind == Kind::all_of || kind == Kind::any_of) {
    const Verdict decisive = truth(kind == Kind::any_of);
    Verdict sum = opposite(decisive);
    for (const auto& part : parts) {
      const Verdict one = part->holds(attributes);
      if (one == decisive) return decisive;
      if (one == Verdict::unknown) sum = one;
    }
    return sum;
  }
  if (kind == Kind::unknowable) return Verdict::unknown;
  const auto found = attributes.find(attribute);
  if (kind == Kind::exists) return truth(found != attributes.end());
  if (found == attributes.end()) return Verdict::no;
  if (kind == Kind::matches) return matching(found->second, *pattern);
  return truth(std::find(values.begin(), values.end(), found->second) != values.end());
}

// expression = any_of; any_of = all_of {or all_of}; all_of = term {and term};
// term = not term | '(' expression ')' | subject [operator [argument]].
class Constraint::Parser {
 public:
  using NodePtr = std::unique_ptr<const Node>;

  explicit Parser(std::string_view text) { split(text); }

  // Null when the text is not an expression.
  NodePtr read() {
    auto root = read_group(Node::Kind::any_of);
    return next_ == words_.size() ? std::move(root) : nullptr;
  }

 private:
  static constexpr std::string_view kSigns = "()[],=!~&|<>";

  void split(std::string_view text) {
    std::size_t i = 0;
    while (i < text.size()) {
      const char c = text[i];
      if (std::isspace(static_cast<unsigned char>(c)) != 0) {
        ++i;
      } else if (kSigns.find(c) != std::string_view::npos && !after_match()) {
        i += take_sign(text.substr(i));
      } else {
        i += take_word(text.substr(i), after_match());
      }
    }
  }

  [[nodiscard]] bool after_match() const {
    constexpr std::array<std::string_view, 4> kMatches{"=~", "!~", "matches", "not_matches"};
    return !words_.empty() && std::find(kMatches.begin(), kMatches.end(), words_.back()) != kMatches.end();
  }

  std::size_t take_sign(std::string_view text) {
    constexpr std::array<std::string_view, 9> kLong{"==", "!=", "=~", "!~", "&&", "||", ">=", "<=", "!in"};
    for (const auto sign : kLong) {
      if (!text.starts_with(sign)) continue;
      words_.emplace_back(sign);
      return sign.size();
    }
    words_.emplace_back(text.substr(0, 1));
    return 1;
  }

  // A pattern goes on to the next blank, whatever signs stand in it; a ')' too many closes a group outside
  // it.
  std::size_t take_word(std::string_view text, bool pattern) {
    std::size_t end = 0;
    while (end < text.size() && std::isspace(static_cast<unsigned char>(text[end])) == 0 &&
           (pattern || kSigns.find(text[end]) == std::string_view::npos))
      ++end;
    if (pattern) end -= surplus_parentheses(text.substr(0, end));
    end = std::max<std::size_t>(end, 1);
    words_.emplace_back(text.substr(0, end));
    return end;
  }

  static std::size_t surplus_parentheses(std::string_view pattern) {
    const auto closing = std::count(pattern.begin(), pattern.end(), ')');
    const auto opening = std::count(pattern.begin(), pattern.end(), '(');
    const auto at_end = pattern.size() - (pattern.find_last_not_of(')') + 1);
    return closing > opening ? std::min(at_end, static_cast<std::size_t>(closing - opening)) : 0;
  }

  bool take(std::string_view one, std::string_view other = {}) {
    if (next_ == words_.size() || (words_[next_] != one && words_[next_] != other)) return false;
    ++next_;
    return true;
  }

  NodePtr read_group(Node::Kind kind) {
    const bool any = kind == Node::Kind::any_of;
    auto group = std::make_unique<Node>();
    group->kind = kind;
    do {
      auto part = any ? read_group(Node::Kind::all_of) : read_term();
      if (!part) return nullptr;
      group->parts.push_back(std::move(part));
    } while (any ? take("||", "or") : take("&&", "and"));
    return group;
  }

  static NodePtr negate(NodePtr node) {
    if (!node) return nullptr;
    auto negation = std::make_unique<Node>();
    negation->kind = Node::Kind::negation;
    negation->parts.push_back(std::move(node));
    return negation;
  }

  NodePtr read_term() {
    if (take("!", "not")) return negate(read_term());
    if (take("(")) {
      auto inner = read_group(Node::Kind::any_of);
      return inner && take(")") ? std::move(inner) : nullptr;
    }
    if (next_ == words_.size()) return nullptr;
    std::string subject = words_[next_++];
    auto node = std::make_unique<Node>();
    constexpr std::string_view kPrefix = "attribute:";
    const bool known = subject.starts_with(kPrefix);
    if (known) node->attribute = subject.substr(kPrefix.size());
    bool negated = false;
    if (!read_operator(*node, negated)) return nullptr;
    if (!known) node->kind = Node::Kind::unknowable;
    return negated ? negate(std::move(node)) : std::move(node);
  }

  bool read_operator(Node& node, bool& negated) {
    using Kind = Node::Kind;
    if (take("exists") || (negated = take("not_exists"))) return as(node, Kind::exists, true);
    if (take("!")) {
      negated = true;
      return as(node, Kind::exists, take("exists"));
    }
    if (take("==", "equals") || (negated = take("!=", "not_equals")))
      return as(node, Kind::equals, read_value(node));
    if (take("in") || (negated = take("!in", "not_in"))) return as(node, Kind::one_of, read_list(node));
    if (take("=~", "matches") || (negated = take("!~", "not_matches")))
      return as(node, Kind::matches, read_value(node) && read_pattern(node));
    // Orders (>, <=, …) are for agentVersion and the like: read over, not judged.
    if (take(">", "greater_than") || take(">=", "greater_than_equal") || take("<", "less_than") ||
        take("<=", "less_than_equal"))
      return as(node, Kind::unknowable, read_value(node));
    return false;
  }

  static bool as(Node& node, Node::Kind kind, bool well) {
    node.kind = kind;
    return well;
  }

  bool read_value(Node& node) {
    if (next_ == words_.size()) return false;
    node.values.push_back(words_[next_++]);
    return true;
  }

  bool read_list(Node& node) {
    if (!take("[")) return false;
    while (read_value(node)) {
      if (take("]")) return true;
      if (!take(",")) return false;
    }
    return false;
  }

  static bool read_pattern(Node& node) {
    try {
      node.pattern.emplace(node.values.back());
    } catch (const std::regex_error&) {
      return false;
    }
    return true;
  }

  std::vector<std::string> words_;
  std::size_t next_ = 0;
};

Constraint::Constraint(std::string_view expression) : root_(Parser{expression}.read()) {}
Constraint::~Constraint() = default;
Constraint::Constraint(Constraint&&) noexcept = default;
Constraint& Constraint::operator=(Constraint&&) noexcept = default;

Verdict Constraint::holds(const Attributes& attributes) const {
  return root_ ? root_->holds(attributes) : Verdict::unknown;
}

}  // namespace hakoban
