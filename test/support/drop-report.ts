interface Report {
  folders: {
    folder: string;
    url: string;
    status: string;
    error?: { code: string; message: string };
    problems?: object[];
    result?: { voices?: { id: string }[]; error?: { code: string } };
  }[];
}

/** What `drop --json` printed. */
export function parsed({ stdout }: { stdout: string }): Report['folders'] {
  return (JSON.parse(stdout) as Report).folders;
}
