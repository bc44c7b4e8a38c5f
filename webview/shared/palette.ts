/**
 * Colours of lines: the hues of Okabe and Ito (https://jfly.uni-koeln.de/color/), moved until each has a
 * contrast of at least 3 : 1 to the background and the nearest two can be told apart without red or green receptors (both
 * are tests). A place has the same hue in both.
 */
export const palette = {
  dark: ['#3ec0ff', '#ffa70e', '#28a56f', '#f47db7', '#e6f045', '#fe571e', '#8b7eff', '#ebddda'],
  light: ['#1f7fb8', '#c28400', '#007f5f', '#b24d8e', '#6d771c', '#dc3904', '#4747c9', '#595959'],
} as const;
