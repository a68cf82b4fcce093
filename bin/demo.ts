// `npm start`: the local broker with the demonstration. Exit code 0 only if every claim was observed.
import { runDemonstration } from '../demo/run.ts';

process.exitCode = (await runDemonstration()) ? 0 : 1;
