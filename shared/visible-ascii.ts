/** What can be sent as a header as it is: visible ASCII, without spaces (RFC 9110, section 5.5). */
export const VISIBLE_ASCII = /^[\x21-\x7e]+$/;
