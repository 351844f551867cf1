'use client';

import { createContext, useContext } from 'react';
import type { Scheme } from './palette.ts';

export const SchemeContext = createContext<Scheme>('light');

export function useScheme(): Scheme {
  return useContext(SchemeContext);
}
