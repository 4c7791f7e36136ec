/** What a callee hears by default while somebody is dialled for it: the ringback tone of most of Europe, 1 s of every 5. */
export const RINGBACK = 'tone_stream://%(1000,4000,425)';
