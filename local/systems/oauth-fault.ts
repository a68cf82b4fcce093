/** A refusal in the words of RFC 6749 section 5.2, or of an RFC that adds to them. */
export class OauthFault extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, status = 400) {
    super(code);
    this.name = 'OauthFault';
    this.code = code;
    this.status = status;
  }
}
