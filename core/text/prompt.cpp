// SPDX-License-Identifier: Apache-2.0
// Copyright the Burin authors
// From a prompt to chunks of 77 tokens, and to the context of the UNet.
#include "text/prompt.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "runtime/compose.hpp"
#include "runtime/error.hpp"
#include "runtime/text.hpp"
#include "text/tokenizer.hpp"

namespace burin::core {
namespace {

constexpr std::size_t kChunk = std::tuple_size_v<Chunk>;
constexpr std::size_t kLargeGroup = 8;  // tokens; such groups may be split
constexpr std::string_view kBreak = "BREAK", kEmbedding = "embedding:";

// A text cut at the words that name embeddings: such a name, or text.
struct Piece {
  bool is_embedding;
  std::string text;
};

std::vector<Piece> pieces_of(std::string_view text) {
  std::vector<Piece> pieces;
  const auto add_text = [&](std::string_view part) {
    if (!part.empty()) pieces.push_back({false, std::string(part)});
  };
  std::size_t start = 0;
  for (std::size_t at = text.find(kEmbedding); at != std::string_view::npos;
       at = text.find(kEmbedding, at + 1)) {
    if (at < start || (at > 0 && text[at - 1] != ' ' && text[at - 1] != '\n')) continue;
    std::string_view name = text.substr(at + kEmbedding.size());
    name = name.substr(
        0, static_cast<std::size_t>(std::ranges::find_if(name, is_blank) - name.begin()));
    add_text(text.substr(start, at - start));
    pieces.push_back({true, std::string(name)});
    start = at + kEmbedding.size() + name.size();
  }
  add_text(text.substr(start));
  return pieces;
}

class ChunkWriter {
 public:
  explicit ChunkWriter(std::int32_t pad_token) : pad_token_(pad_token) { start(); }

  void add(const std::vector<std::int32_t>& ids, float weight) {
    const bool large = ids.size() >= kLargeGroup;
    std::size_t done = 0;
    while (done < ids.size()) {
      const std::size_t left = ids.size() - done, room = kChunk - 1 - used_;
      const std::size_t now = left <= room ? left : (large ? room : 0);
      for (std::size_t i = 0; i < now; ++i) push({ids[done + i], weight});
      done += now;
      if (done < ids.size()) {
        end();
        start();
      }
    }
  }

  std::vector<Chunk> take() {
    end();
    return std::move(chunks_);
  }

 private:
  // A chunk is born padded; one token's room is kept for its end.
  void start() {
    chunks_.emplace_back();
    chunks_.back().fill({pad_token_, 1.0F});
    used_ = 0;
    push({kStartToken, 1.0F});
  }
  void end() { push({kEndToken, 1.0F}); }
  void push(Token token) { chunks_.back()[used_++] = token; }

  std::int32_t pad_token_;
  std::vector<Chunk> chunks_;
  std::size_t used_ = 0;
};

bool is_word_byte(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u >= 0x80 || c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
         (c >= 'a' && c <= 'z');
}

std::vector<std::string_view> split_at_break(std::string_view prompt) {
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  for (std::size_t at = prompt.find(kBreak); at != std::string_view::npos;
       at = prompt.find(kBreak, at + 1)) {
    const std::size_t end = at + kBreak.size();
    if ((at > 0 && is_word_byte(prompt[at - 1])) ||
        (end < prompt.size() && is_word_byte(prompt[end])))
      continue;
    parts.push_back(prompt.substr(start, at - start));
    start = end;
  }
  parts.push_back(prompt.substr(start));
  for (std::string_view& part : parts) {
    while (parts.size() > 1 && !part.empty() && is_blank(part.front())) part.remove_prefix(1);
    while (parts.size() > 1 && !part.empty() && is_blank(part.back())) part.remove_suffix(1);
  }
  return parts;
}

at::Tensor token_rows(const std::vector<Chunk>& chunks) {
  at::Tensor rows = at::empty(
      {static_cast<std::int64_t>(chunks.size()), static_cast<std::int64_t>(kChunk)}, at::kLong);
  auto* out = rows.mutable_data_ptr<std::int64_t>();
  for (const Chunk& chunk : chunks)
    for (const Token& token : chunk) *out++ = token.id;
  return rows;
}

at::Tensor weight_rows(const std::vector<Chunk>& chunks) {
  at::Tensor rows = at::empty(
      {static_cast<std::int64_t>(chunks.size()), static_cast<std::int64_t>(kChunk), 1}, at::kFloat);
  auto* out = rows.mutable_data_ptr<float>();
  for (const Chunk& chunk : chunks)
    for (const Token& token : chunk) *out++ = token.weight;
  return rows;
}

// Takes vectors of another width than `width` out of the chunks; what is behind them moves up, and
// the chunk ends in pads. Weights stay where they are.
at::Tensor usable_vectors(EmbeddedChunks& embedded, std::int32_t first_id, std::int32_t pad_token,
                          std::int64_t width) {
  std::vector<at::Tensor> usable;
  std::vector<std::int32_t> new_id(embedded.vectors.size(), -1);
  for (std::size_t i = 0; i < embedded.vectors.size(); ++i) {
    if (embedded.vectors[i].numel() != width) continue;
    new_id[i] = first_id + static_cast<std::int32_t>(usable.size());
    usable.push_back(embedded.vectors[i]);
  }
  for (Chunk& chunk : embedded.chunks) {
    std::size_t used = 0;
    for (const Token token : Chunk(chunk)) {
      const std::int32_t id =
          token.id < first_id ? token.id : new_id[static_cast<std::size_t>(token.id - first_id)];
      if (id >= 0) chunk[used++].id = id;
    }
    for (; used < kChunk; ++used) chunk[used].id = pad_token;
  }
  return usable.empty() ? at::Tensor() : at::stack(usable);
}

EncodedPrompt encode_parts(const TextEncoder& encoder, const char* name,
                           const std::vector<std::string_view>& parts, std::optional<int> clip_skip,
                           bool pooled, const EmbeddingLookup& embeddings) {
  const at::Device device = encoder.net.token_embedding.device();
  const auto first_id = static_cast<std::int32_t>(encoder.net.token_embedding.size(0));
  EmbeddedChunks all;
  for (const std::string_view part : parts) {
    EmbeddedChunks own =
        chunk_prompt(part, encoder.pad_token, first_id + static_cast<int>(all.vectors.size()),
                     [&](const std::string& embedding) {
                       return embeddings ? embeddings(embedding, name) : at::Tensor();
                     });
    std::ranges::move(own.chunks, std::back_inserter(all.chunks));
    std::ranges::move(own.vectors, std::back_inserter(all.vectors));
  }
  at::Tensor more =
      usable_vectors(all, first_id, encoder.pad_token, encoder.net.token_embedding.size(1));
  if (more.defined()) more = more.to(device);
  std::vector<Chunk>& chunks = all.chunks;
  const auto count = static_cast<std::int64_t>(chunks.size());
  const at::Tensor w = weight_rows(chunks).to(device);
  const bool weighted = w.ne(1).any().item<bool>();
  if (weighted) chunks.push_back(chunk_prompt("", encoder.pad_token).front());

  const ClipTextOutput out = clip_text(encoder.net, token_rows(chunks).to(device),
                                       clip_skip ? clip_skip : encoder.layer, pooled, more);
  at::Tensor z = out.hidden;
  if (weighted) {
    const at::Tensor e = z.narrow(0, count, 1);
    z = z.narrow(0, 0, count);
    z = at::where(w.ne(1), (z - e) * w + e, z);
  }
  return {z.reshape({1, count * static_cast<std::int64_t>(kChunk), z.size(2)}),
          pooled ? out.pooled.narrow(0, 0, 1) : at::Tensor()};
}

}  // namespace

std::vector<Chunk> chunk_prompt(std::string_view prompt, std::int32_t pad_token) {
  return chunk_prompt(prompt, pad_token, 0, [](const std::string&) { return at::Tensor(); }).chunks;
}

EmbeddedChunks chunk_prompt(std::string_view prompt, std::int32_t pad_token, std::int32_t first_id,
                            const std::function<at::Tensor(const std::string& name)>& find) {
  ChunkWriter writer(pad_token);
  EmbeddedChunks result;
  const auto add_text = [&](const std::string& text, double weight) {
    writer.add(tokenize(text), static_cast<float>(weight));
  };
  const auto add_embedding = [&](const std::string& name, double weight) {
    at::Tensor vectors = find(name);
    std::string rest;
    if (!vectors.defined()) {
      const std::size_t first = name.find_first_not_of(','), last = name.find_last_not_of(',');
      const std::string bare =
          first == std::string::npos ? "" : name.substr(first, last - first + 1);
      if (bare.size() < name.size()) {
        if (!bare.empty()) vectors = find(bare);
        rest = name.substr(bare.size());
      }
    }
    if (vectors.defined()) {
      std::vector<std::int32_t> ids;
      for (std::int64_t i = 0; i < vectors.size(0); ++i) {
        ids.push_back(first_id + static_cast<std::int32_t>(result.vectors.size()));
        result.vectors.push_back(vectors[i]);
      }
      writer.add(ids, static_cast<float>(weight));
    }
    if (!rest.empty()) add_text(rest, weight);
  };
  for (const auto& [text, weight] : parse_weights(prompt)) {
    if (!std::isfinite(weight))
      throw Error(BURIN_E_JOB, compose("the prompt gives \"{}\" the weight {}; a finite number "
                                       "was expected",
                                       text, weight));
    for (const Piece& piece : pieces_of(text)) {
      if (piece.is_embedding)
        add_embedding(piece.text, weight);
      else
        add_text(piece.text, weight);
    }
  }
  result.chunks = writer.take();
  return result;
}

EncodedPrompt encode_prompt(const TextEncoders& encoders, std::string_view prompt,
                            std::optional<int> clip_skip, BreakWord break_word,
                            const EmbeddingLookup& embeddings) {
  const std::vector<std::string_view> parts = break_word == BreakWord::splits
                                                  ? split_at_break(prompt)
                                                  : std::vector<std::string_view>{prompt};
  const auto encoded = [&](const TextEncoder& encoder, const char* name, bool pooled) {
    return encode_parts(encoder, name, parts, clip_skip, pooled, embeddings);
  };
  if (encoders.h) return encoded(*encoders.h, "clip_h", false);
  if (encoders.g) {
    EncodedPrompt g = encoded(*encoders.g, "clip_g", true);
    if (!encoders.l) return g;
    const at::Tensor l = encoded(*encoders.l, "clip_l", false).context;
    const std::int64_t tokens = std::min(l.size(1), g.context.size(1));
    return {at::cat({l.narrow(1, 0, tokens), g.context.narrow(1, 0, tokens)}, 2), g.pooled};
  }
  if (encoders.l) return encoded(*encoders.l, "clip_l", false);
  throw Error(BURIN_E_INVALID, "a prompt came without a text encoder; at least one was expected");
}

}  // namespace burin::core
