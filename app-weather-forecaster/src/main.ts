#!/usr/bin/env node
import process from 'node:process';
import { runPipelineCli } from 'azuraforge-learner/node';
import pipeline from './pipeline.ts';

process.exitCode = await runPipelineCli(pipeline, process.argv.slice(2));
