import { Type } from 'typebox';
import type { Tokenizer } from '../data/tokenizer.ts';
import { BytePairTokenizer } from '../data/tokenizer/byte-pair.ts';
import { CharacterTokenizer } from '../data/tokenizer/character.ts';
import { DATA, texts } from './form-field.ts';

/** How texts become tokens; part of the configuration of every pipeline over texts. */
export interface TokenizerConfig {
  tokenizer: 'byte_pair' | 'character';
  vocabulary_size: number;
}

/** Fields of every pipeline over texts. */
export function tokenizerProperties(initial: TokenizerConfig) {
  return {
    tokenizer: Type.Enum(['byte_pair', 'character'], {
      ...texts('Tokens', 'What the text is cut into: frequent pieces of words, or single characters.', {
        title: 'Birimler',
        description: 'Metnin neye bölüneceği: sık geçen sözcük parçaları ya da tek tek karakterler.',
        enum: { byte_pair: 'Sözcük parçaları (BPE)', character: 'Karakterler' },
      }),
      default: initial.tokenizer,
      'x-group': DATA,
      'x-enum-titles': { byte_pair: 'Pieces of words (BPE)', character: 'Characters' },
    }),
    vocabulary_size: Type.Integer({
      ...texts(
        'Vocabulary',
        'How many different pieces of words there are at most; learned from the training part.',
        {
          title: 'Sözlük boyutu',
          description: 'En çok kaç farklı sözcük parçası olacağı; eğitim bölümünden öğrenilir.',
        },
      ),
      minimum: 300,
      maximum: 32_768,
      default: initial.vocabulary_size,
      'x-group': DATA,
    }),
  };
}

/** Learns its tokens from `text`, which should be that of the training part alone. */
export function trainTokenizer(
  text: string,
  { tokenizer, vocabulary_size: size }: TokenizerConfig,
  special: readonly string[] = [],
): Tokenizer {
  return tokenizer === 'character'
    ? CharacterTokenizer.train(text, { special })
    : BytePairTokenizer.train(text, { size, special });
}
