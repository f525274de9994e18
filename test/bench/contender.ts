/** Who is measured. */
export type Contender = 'copy_text' | 'copy_keyed' | 'textbook' | 'rating' | 'end_to_end';
